"""``tieout gateway``: what the AI gateway enforces, who is held, and letting them go."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from orchestration.cli.common import BLOCKED, EstateOption, HomeOption, JsonOption, exit_codes, out, progress

gateway = typer.Typer(
    name="gateway",
    help="The AI gateway: publish policy to it, check budgets, see and release who is held.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@gateway.command()
def publish(estate: EstateOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Validate the policy and hand the gateway what it needs of it; takes effect within seconds.

    Exit codes: 0 published; 2 the policy cannot be used, or no row of ai_gateway.csv is in force.
    """
    with exit_codes():
        from orchestration.gateway.publishing import gateway_folder
        from orchestration.runs.steps import publish_gateway_step
        from orchestration.runs.workspace import Workspace

        workspace = Workspace.of(estate, home)
        rules = publish_gateway_step(workspace)
        counts = {
            name: len(getattr(rules, name)) for name in ("identifiers", "budgets", "limits", "prices", "elsewhere")
        }
        file = gateway_folder(workspace.home).rules_file
        if as_json:
            out.print_json(json.dumps({"file": str(file), "policy_revision": rules.policy_revision, **counts}))
        else:
            told = ", ".join(f"{count} {name}" for name, count in counts.items())
            out.print(f"Published to {file}: {told}", markup=False)


@gateway.command()
def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show each budget of the current period, and who is notified about, throttled or suspended."""
    with exit_codes():
        import datetime as dt

        from orchestration.gateway.watching import open_state, published_rules
        from orchestration.home import Home

        place = Home.of(home)
        rules = published_rules(place)
        state = open_state(place, rules, lambda: dt.datetime.now(dt.UTC))
        try:
            standings = state.standings(rules.on(dt.datetime.now(dt.UTC).date()))
            decisions = state.decisions()
        finally:
            state.close()
        _tell(standings, decisions, as_json, {"published_at": rules.published_at})


@gateway.command()
def check(estate: EstateOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Evaluate budgets and tell owners what is due, once each; finish files that a dead worker left. Safe to repeat.

    Exit codes: 0 nothing is held; 3 a budget is used up, or a consumer throttled or suspended; 2 somebody could not be
    told, or nothing was published.
    """
    with exit_codes():
        from orchestration.runs.steps import check_gateway_step
        from orchestration.runs.workspace import Workspace

        with progress() as announce:
            checked = check_gateway_step(Workspace.of(estate, home), announce)
        sent = [receipt.model_dump(mode="json") for receipt in checked.sent]
        _tell(checked.standings, checked.decisions, as_json, {"sent": sent})
        if checked.is_held:
            raise typer.Exit(BLOCKED)


@gateway.command()
def release(
    kind: Annotated[str, typer.Argument(help="What is held: key, team, workflow, use_case, product, cost_centre.")],
    value: Annotated[str, typer.Argument(help="Which one, as `tieout gateway status` shows it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it may go on; logged.", show_default=False)],
    by: Annotated[str | None, typer.Option("--by", help="Who decides so. Default: who is logged in.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a throttled or suspended consumer go on; what it has used until now counts towards no limit any more.

    Exit codes: 0 released; 2 it is not held.
    """
    with exit_codes():
        import datetime as dt

        from orchestration.gateway.watching import release as let_go
        from orchestration.home import Home

        who = by or getpass.getuser()
        events = let_go(Home.of(home), kind, value, by=who, reason=reason, clock=lambda: dt.datetime.now(dt.UTC))
        if as_json:
            out.print_json(json.dumps({"released": events}))
        else:
            for event in events:
                out.print(f"Released {kind} {value} from {event['policy_id']}", markup=False)


def _tell(standings: Any, decisions: Any, as_json: bool, more: dict[str, Any]) -> None:
    from orchestration.gateway.state import shown

    if as_json:
        content = {
            "budgets": [{**asdict(row), "percent": row.percent} for row in standings],
            "decisions": [asdict(row) for row in decisions],
            **more,
        }
        out.print_json(json.dumps(content, default=str))
        return
    from rich.table import Table

    table = Table("budget", "of", "from", "used", "reserved", "amount", "%")
    for row in standings:
        budget = row.budget
        amounts = (shown(amount, budget.unit) for amount in (row.consumed, row.reserved, budget.amount))
        table.add_row(budget.budget_id, f"{budget.kind} {budget.value}", row.first_day, *amounts, str(row.percent))
    if standings:
        out.print(table)
    else:
        out.print("No budget is in force.", markup=False)
    for row in standings:
        if row.unpriced:
            currency = row.budget.unit.partition(":")[2]
            out.print(
                f"{row.budget.budget_id} does not count {shown(row.unpriced, 'tokens')} of models without prices in "
                f"{currency} in ai_token_prices.csv.",
                markup=False,
            )
    for decision in decisions:
        baseline = "without a baseline" if decision.baseline is None else f"baseline {decision.baseline:,}"
        out.print(
            f"{decision.action}: {decision.kind} {decision.value} until {decision.expires_at:%Y-%m-%d %H:%M} UTC by "
            f"{decision.limit_id}: {decision.observed:,} in its window, {decision.allowed:,} allowed ({baseline})",
            markup=False,
        )
    for receipt in more.get("sent", []):
        out.print(f"Told {receipt['reader']} by {receipt['channel']}: {' '.join(receipt['about'])}", markup=False)
