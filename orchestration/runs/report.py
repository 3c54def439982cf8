"""The report of a run: as plain values for programs, and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from orchestration.runs.outcome import PeriodOutcome
from orchestration.runs.planning import Plan
from orchestration.runs.summary import accuracy_of, summarise
from orchestration.runs.workspace import Workspace

SHOWN_INVOICES = 12


def report_of(workspace: Workspace, plan: Plan, outcomes: list[PeriodOutcome], exit_code: int) -> dict[str, Any]:
    """Return what a run did, per period, as plain values."""
    return {
        "estate": str(workspace.estate.path),
        "home": str(workspace.home.root),
        "exit_code": exit_code,
        "refusals": [str(refusal) for refusal in plan.refusals],
        "waiting": list(plan.waiting),
        "all_periods_database": str(workspace.home.publications / "tieout.duckdb"),
        "periods": [
            {
                "billing_period": outcome.billing_period,
                "status": outcome.status,
                "messages": list(outcome.messages),
                "dagster_run": outcome.run_id,
                "published": summarise(outcome.publication) if outcome.publication else None,
            }
            for outcome in outcomes
        ],
    }


def report_lines(report: dict[str, Any]) -> Iterator[str]:
    """Return a report as lines of text."""
    for period in report["periods"]:
        yield from _period_lines(period)
        yield ""
    for refusal in report["refusals"]:
        yield f"refused: {refusal}"
    for waiting in report["waiting"]:
        yield f"waiting: {waiting}"
    if not report["periods"] and not report["refusals"]:
        yield "No source of the estate has delivered anything."
    if any(period["published"] for period in report["periods"]):
        yield f"All periods together: {report['all_periods_database']}"


def _period_lines(period: dict[str, Any]) -> Iterator[str]:
    published = period["published"]
    head = {
        "published": "published",
        "unchanged": "nothing new, same publication",
        "blocked": "BLOCKED by the gate",
        "refused": "REFUSED for its input",
        "failed": "FAILED",
        "closed": "closed and left alone",
    }[period["status"]]
    if published:
        kept = period["status"] in ("blocked", "refused", "failed")
        head += f"{'; readers still see' if kept else ','} number {published['publication']}"
    elif period["status"] in ("blocked", "refused", "failed"):
        head += "; nothing is published for this period"
    yield f"{period['billing_period']}  {head}"
    if period["status"] in ("blocked", "refused", "failed"):
        yield from (f"  {message}" for message in period["messages"])
        return
    label = "waiting" if period["status"] == "closed" else "warning"
    yield from (f"  {label}: {message}" for message in period["messages"])
    if published and period["status"] == "published":
        yield from _published_lines(published)
    elif published:
        yield f"  {published['folder']}"


def _published_lines(published: dict[str, Any]) -> Iterator[str]:
    for row in published["spend_by_provider"]:
        yield (
            f"  {row['provider']:<28} billed {_money(row['billed_cost']):>16}  "
            f"effective {_money(row['effective_cost']):>16} {row['currency']}  {row['charge_count']:>10,} charges"
        )
    accuracy = accuracy_of(published)
    if accuracy is not None:
        steps = ", ".join(f"{row['variant']} {_share(row['share'])}" for row in published["allocation_accuracy"])
        yield f"  allocation accuracy {_share(accuracy['share'])}: {accuracy['grade'] or 'no grade'} ({steps})"
    for row in published["unallocated"]:
        share = (
            Decimal(row["effective_cost"]) / Decimal(row["of_effective_cost"])
            if Decimal(row["of_effective_cost"])
            else None
        )
        yield (
            f"  unallocated {_money(row['effective_cost'])} of {_money(row['of_effective_cost'])} {row['currency']}"
            f" ({_share(share)})"
        )
    yield from (_variance_line(row) for row in published["variance"])
    yield from _invoice_lines(published["invoices"])
    yield f"  gate {published['gate'].replace('_', ' ')}"
    yield f"  {published['folder']}"
    yield f"  {published['database']}"


def _variance_line(row: dict[str, Any]) -> str:
    effects = ", ".join(
        f"{name.replace('_', ' ')} {Decimal(row[name]).quantize(Decimal('0.01'), ROUND_HALF_UP):+,}"
        for name in ("consumption", "prices", "new_and_ended", "changed_hands", "shared", "other")
        if Decimal(row[name]).quantize(Decimal("0.01"), ROUND_HALF_UP)
    )
    return (
        f"  since {row['period_before']} {_money(row['effective_cost_before'])} → {_money(row['effective_cost'])}"
        f" {row['currency']}: {effects or 'no change'}"
    )


def _invoice_lines(invoices: list[dict[str, Any]]) -> Iterator[str]:
    tied = [row for row in invoices if row["ties"]]
    compared = [row for row in invoices if row["difference"] is not None]
    largest = max((abs(Decimal(row["difference"])) for row in compared), default=Decimal(0))
    yield f"  invoices: {len(tied)} of {len(invoices)} tie, largest difference {largest.normalize():f}"
    others = [row for row in invoices if not row["ties"]]
    for row in others[:SHOWN_INVOICES]:
        name = row["invoice_id"] or row["billing_account_id"] or "no number"
        difference = _money(row["difference"]) if row["difference"] is not None else "nothing to compare with"
        issuer = row["issuer"] or "issuer not named"
        yield f"    {issuer} {name}: {row['status']}, difference {difference} {row['currency']}"
    if len(others) > SHOWN_INVOICES:
        yield f"    and {len(others) - SHOWN_INVOICES} more"


def _money(text: str) -> str:
    return f"{Decimal(text).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def _share(value: float | Decimal | None) -> str:
    return "unknown" if value is None else f"{value:.2%}"
