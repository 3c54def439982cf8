"""``tieout preview``: a policy change, in money, before it is in force."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.common import EstateOption, HomeOption, JsonOption, check_period, exit_codes, out, progress
from orchestration.cli.explain import SHOWN_ON_A_TERMINAL, HtmlOption
from orchestration.errors import ConfigurationError


def preview(
    policy: Annotated[
        Path | None,
        typer.Argument(
            metavar="[POLICY]",
            help="A folder with the changed policy files. Default: the estate's own, for use with --against.",
            show_default=False,
        ),
    ] = None,
    period: Annotated[
        list[str] | None,
        typer.Option(
            "--period",
            metavar="YYYY-MM",
            help="Billing period; may be repeated. Default: the newest published one.",
            show_default=False,
        ),
    ] = None,
    revision: Annotated[
        str | None,
        typer.Option(
            "--revision",
            metavar="REV",
            help="Read POLICY as it is in this git revision (a branch, a commit).",
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="REV",
            help="Compare with the estate's policy as it was in this git revision.",
            show_default=False,
        ),
    ] = None,
    estate: EstateOption = None,
    home: HomeOption = None,
    html: HtmlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a changed policy would move: per cost centre, pool and rule, with reasons and the AAI.

    Both policies are applied to the charges of periods that were run; nothing published is touched. The changed policy
    is a folder, or a git revision of one.
    """
    with exit_codes(), ExitStack() as stack:
        from orchestration.policy import load_policy
        from orchestration.preview import preview_policy
        from orchestration.preview.pages import preview_page
        from orchestration.preview.preview import policy_changes
        from orchestration.preview.revisions import policy_at
        from orchestration.publishing import publications
        from orchestration.runs.workspace import Workspace
        from orchestration.warehouse.connection import warehouse_lock

        workspace = Workspace.of(estate, home)
        own = workspace.estate.policy
        for name in period or ():
            check_period("--period", name)
        periods = period or [publication.billing_period for publication in publications(workspace.home)][-1:]
        if not periods:
            raise ConfigurationError(
                str(workspace.home.root),
                found="nothing published",
                expected="a period that was run, to compare both policies over",
                cure="Run the estate once with `tieout run`.",
            )
        if policy is None and revision is None and against is None:
            raise ConfigurationError(
                "tieout preview",
                found="nothing to compare the policy in force with",
                expected="a folder with a changed policy, --revision or --against",
                cure="Copy the policy folder, change the copy, and name it.",
            )
        folder = policy or own
        before_folder = stack.enter_context(policy_at(own, against)) if against else own
        after_folder = stack.enter_context(policy_at(folder, revision)) if revision else folder
        before, after = load_policy(before_folder), load_policy(after_folder)
        announce = stack.enter_context(progress())
        stack.enter_context(warehouse_lock(workspace.home, announce=announce))
        previews = [preview_policy(workspace, name, before, after, announce=announce) for name in sorted(set(periods))]
        changes = policy_changes(before, after)
        words = f"{folder or 'the project seeds'}{f' at {revision}' if revision else ''}"
        if html is not None:
            from orchestration.reports.html import as_html

            html.parent.mkdir(parents=True, exist_ok=True)
            html.write_text(as_html(preview_page(previews, changes, words)), encoding="utf-8")
        if as_json:
            content = {
                "changes": [asdict(change) for change in changes],
                "periods": [shown.to_json() for shown in previews],
            }
            out.print_json(json.dumps(content))
        elif html is not None:
            out.print(f"Written to {html}", markup=False)
        else:
            from orchestration.reports.terminal import print_document

            print_document(out, preview_page(previews, changes, words, SHOWN_ON_A_TERMINAL))
