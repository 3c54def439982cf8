"""The steps of a run, as plain functions: each Dagster asset calls one of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from expectations.result import GateResult
from orchestration.errors import ConfigurationError
from orchestration.gateway.publishing import publish_rules
from orchestration.gateway.rules import Rules
from orchestration.gateway.watching import Checked, check
from orchestration.landing import LandingResult, Receipt, compared_receipts, land_source, register
from orchestration.landing.contracts import CONTRACTS, Contract
from orchestration.landing.invoices import INVOICES, Invoice
from orchestration.notices.alerts import AlertReceipt, send_alerts
from orchestration.notices.gpu_idle import gpu_idle_alerts
from orchestration.notices.sending import Notified, notify, write_unsent
from orchestration.periods import months_around
from orchestration.policy import Policy, keep_policy, load_policy, write_policy
from orchestration.publishing import (
    Evidence,
    Publication,
    compared_with,
    publish,
    published_models,
    refuse_closed,
    write_costs_before,
)
from orchestration.rule_changes import keep_rule_changes, landed_rows, pending_rule_changes, write_pending
from orchestration.rule_changes.finding import find_rule_changes
from orchestration.runs.planning import (
    Versions,
    concerns,
    deliveries_of_closed_periods,
    fingerprint,
    looks_at,
    months_to_land,
    versions_of,
)
from orchestration.runs.workspace import Workspace
from orchestration.versions import code_version
from orchestration.warehouse.building import forget_views, has_views, remember_views, selection_without_views
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_project import dbt_manifest, project_version
from orchestration.warehouse.months_before import build_charges, outdated_charges


def write_policy_step(workspace: Workspace) -> Policy:
    """Validate the estate's policy and write it into the warehouse.

    Raises:
        PolicyRefused: with every finding, each naming file, line and cure.
    """
    policy = load_policy(workspace.estate.policy)
    with connect(workspace.home) as connection:
        write_policy(connection, policy)
    return policy


def land_step(workspace: Workspace, source_id: str, billing_period: str) -> LandingResult:
    """Land what a source has delivered for a period; return what is in force.

    Raises:
        DeliveryRefused: a delivery of the period cannot be trusted; nothing of it was landed.
        ConfigurationError: the period is closed.
    """
    refuse_closed(workspace.home, billing_period)
    result = land_source(
        workspace.estate.source(source_id),
        workspace.home,
        billing_periods=[billing_period],
        closed_periods=deliveries_of_closed_periods(workspace.home),
    )
    for refusal in result.refusals:
        if concerns(refusal, billing_period):
            raise refusal
    return result


def land_other_months_step(workspace: Workspace, billing_period: str) -> None:
    """Land what is new of the other months that a period's figures are made of (`months_to_land`).

    Raises:
        PolicyRefused: the policy files are not valid.
        DeliveryRefused: a delivery of a month that the period's drivers look at cannot be trusted.
    """
    months_back = load_policy(workspace.estate.policy).months_back
    closed = deliveries_of_closed_periods(workspace.home)
    for source in workspace.estate.sources:
        months = [month for month in months_to_land(source, billing_period, months_back) if month != billing_period]
        if not months:
            continue
        for refusal in land_source(source, workspace.home, billing_periods=months, closed_periods=closed).refusals:
            if concerns(refusal, billing_period, months_back):
                raise refusal


def land_invoices_step(workspace: Workspace, billing_period: str) -> list[Invoice]:
    """Land the estate's invoices, and return the period's.

    Raises:
        DeliveryRefused: an invoice file cannot be used; nothing was replaced.
    """
    result = INVOICES.land(workspace.estate, workspace.home)
    if result.refusals:
        raise result.refusals[0]
    invoices = result.documents
    return [invoice for invoice in invoices if invoice.billing_period == billing_period]


def land_contracts_step(workspace: Workspace) -> tuple[Contract, ...]:
    """Land the estate's contracts, and return them.

    Raises:
        DeliveryRefused: a contract file cannot be used; nothing was replaced.
    """
    result = CONTRACTS.land(workspace.estate, workspace.home)
    if result.refusals:
        raise result.refusals[0]
    return result.documents


def notify_step(
    workspace: Workspace, billing_period: str, announce: Callable[[str], None] = lambda message: None
) -> Notified:
    """Find what changed in the policy since the last publication, tell owners of it, and hand it on to the build.

    Raises:
        PolicyRefused: the policy files are not valid.
        ConfigurationError: the period is closed, a receiver did not accept a notice, or the policy published before is
            no longer in the home.
    """
    refuse_closed(workspace.home, billing_period)
    policy = load_policy(workspace.estate.policy)
    record = find_rule_changes(workspace, billing_period, policy, announce)
    write_pending(workspace.home, record)
    notified = notify(workspace.home, workspace.estate.notifications, record, policy, announce)
    write_pending(workspace.home, notified.record)
    return notified


def notices_step(
    workspace: Workspace, billing_period: str, announce: Callable[[str], None] = lambda message: None
) -> list[Path]:
    """Write the notices that a run of a period would send now, and send none; return the pages.

    Raises:
        PolicyRefused: the policy files are not valid.
        ConfigurationError: the period is closed, or the policy published before is no longer in the home.
    """
    refuse_closed(workspace.home, billing_period)
    policy = load_policy(workspace.estate.policy)
    record = find_rule_changes(workspace, billing_period, policy, announce)
    settings = workspace.estate.notifications
    return write_unsent(workspace.home, record, policy, settings.finance if settings else ())


def publish_gateway_step(workspace: Workspace) -> Rules:
    """Publish the estate's policy to the AI gateway.

    Raises:
        PolicyRefused: the policy files are not valid.
        ConfigurationError: the policy does not say how the gateway behaves.
    """
    policy = load_policy(workspace.estate.policy)
    return publish_rules(workspace.home, policy, workspace.estate, dt.datetime.now(dt.UTC))


def has_gateway(workspace: Workspace, day: dt.date) -> bool:
    """Whether the estate's policy says how an AI gateway behaves on a day.

    Raises:
        PolicyRefused: the policy files are not valid.
    """
    return any(row.in_force(day) for row in load_policy(workspace.estate.policy).ai_gateway)


def check_gateway_step(workspace: Workspace, announce: Callable[[str], None] = lambda message: None) -> Checked:
    """Evaluate the AI gateway's budgets and decisions, and tell owners what they have not been told.

    Raises:
        PolicyRefused: the policy files are not valid.
        ConfigurationError: nothing was published to the gateway, or a receiver did not accept a message.
    """
    policy = load_policy(workspace.estate.policy)
    return check(workspace.home, workspace.estate.notifications, policy, announce=announce)


def register_step(workspace: Workspace, billing_period: str, before: Publication | None = None) -> None:
    """Make schema ``landing`` in the warehouse, for a run over one period.

    Args:
        workspace: home and estate.
        billing_period: ``YYYY-MM``.
        before: the publication that the period's costs are compared with.

    Raises:
        ConfigurationError: the period is closed.
    """
    refuse_closed(workspace.home, billing_period)
    versions = versions_of(workspace)
    with connect(workspace.home) as connection:
        register(
            connection,
            workspace.home,
            workspace.estate,
            billing_periods=[billing_period],
            policy_revision=versions.policy_revision,
            code_version=versions.code_version,
            rule_changes=landed_rows(pending_rule_changes(workspace.home, billing_period, versions.policy_revision)),
        )
        write_costs_before(connection, billing_period, before)


def charges_before_step(
    workspace: Workspace, billing_period: str, announce: Callable[[str], None] = lambda message: None
) -> list[str]:
    """Build the charges of the months that the period's drivers look back at; return those that were out of date.

    Nothing else is built of them, and nothing is published: they are the period's input.

    Raises:
        PolicyRefused: the policy files are not valid.
        BuildFailed: dbt could not build them.
    """
    months = months_around(billing_period, before=load_policy(workspace.estate.policy).months_back)[:-1]
    if not months:
        return []
    with connect(workspace.home, read_only=True) as connection:
        outdated = outdated_charges(connection, workspace.home, months)
    if outdated:
        announce(f"Building the charges of {', '.join(outdated)}, where drivers of {billing_period} look")
        begin_build(workspace, billing_period)
        build_charges(workspace.home, outdated)
        raise_for_dbt(workspace)
    return outdated


def gate_step(workspace: Workspace, billing_period: str) -> GateResult:
    """Run the gate over what was just built, and keep its result for publication and reports."""
    from expectations.gate import run_gate

    with connect(workspace.home, read_only=True) as connection:
        result = run_gate(connection, billing_period)
    path = gate_file(workspace, billing_period)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return result


def gate_file(workspace: Workspace, billing_period: str) -> Path:
    """Return where the last gate result of a period is kept."""
    return workspace.home.reports / billing_period / "gate.json"


def begin_build(workspace: Workspace, billing_period: str) -> None:
    """Forget what was said of the last build: what is about to be built has not been judged."""
    gate_file(workspace, billing_period).unlink(missing_ok=True)
    _run_results(workspace).unlink(missing_ok=True)


def selection(workspace: Workspace, *, is_whole: bool) -> list[str]:
    """Return the arguments of dbt that leave out the views which the warehouse has already; none when it has not.

    Args:
        workspace: home and estate.
        is_whole: whether all of the project is to be built, and not what somebody selected.
    """
    with connect(workspace.home) as connection:
        if has_views(connection, project_version()):
            return selection_without_views() if is_whole else []
        forget_views(connection)
    return []


def end_build(workspace: Workspace) -> None:
    """Note that a build of everything went well.

    Raises:
        BuildBlocked: a test found data that must not be published.
        BuildFailed: something could not be built or tested.
    """
    raise_for_dbt(workspace)
    with connect(workspace.home) as connection:
        remember_views(connection, project_version())


class BuildBlocked(Exception):  # noqa: N818 - what the gate's reader calls it
    """A dbt test found data that must not be published (exit code 3)."""


class BuildFailed(Exception):  # noqa: N818 - as above
    """dbt could not build or test something (exit code 1)."""


def raise_for_dbt(workspace: Workspace) -> None:
    """Raise if dbt's last invocation did not succeed.

    Raises:
        BuildBlocked: every model was built or skipped, and a test failed; names tests and numbers of failing rows.
        BuildFailed: a model, or a test itself, raised an error; dbt's messages.
    """
    path = _run_results(workspace)
    if not path.exists():
        raise BuildFailed(f"dbt stopped before it built anything; its log is in {workspace.home.dbt / 'target'}")
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    errors = [result for result in results if result["status"] in ("error", "runtime error")]
    if errors:
        raise BuildFailed("; ".join(f"{result['unique_id']}: {result['message']}" for result in errors))
    failed = [result for result in results if result["status"] == "fail"]
    if failed:
        raise BuildBlocked(
            "; ".join(f"dbt test {result['unique_id'].split('.')[2]}: {result['message']}" for result in failed)
        )


def kept_gate_result(workspace: Workspace, billing_period: str) -> GateResult | None:
    """Return the gate's result over what the warehouse holds of a period, or None if it was not judged."""
    path = gate_file(workspace, billing_period)
    if not path.exists():
        return None
    return GateResult.of_json(json.loads(path.read_text(encoding="utf-8")))


def publish_step(
    workspace: Workspace, billing_period: str, announce: Callable[[str], None] = lambda step: None
) -> Publication:
    """Publish what the gate has passed.

    Raises:
        ConfigurationError: the gate has not judged this build, or has blocked it; or the period is closed.
    """
    gate = kept_gate_result(workspace, billing_period)
    if gate is None or gate.blocks:
        raise ConfigurationError(
            str(gate_file(workspace, billing_period)),
            found="no verdict on this build" if gate is None else "a verdict that blocks",
            expected="a gate that passed",
            cure="Run the whole job for the period; publication is its last step.",
        )
    policy = load_policy(workspace.estate.policy)
    invoices = land_invoices_step(workspace, billing_period)
    keep_policy(workspace.home, policy)
    INVOICES.keep(workspace.home, invoices, billing_period)
    contracts = land_contracts_step(workspace)
    CONTRACTS.keep(workspace.home, contracts, billing_period)
    changes = keep_rule_changes(workspace.home, pending_rule_changes(workspace.home, billing_period, policy.revision))
    versions = Versions(policy.revision, code_version(), workspace.estate.reporting_currency, policy.months_back)
    with connect(workspace.home) as connection:
        return publish(
            workspace.home,
            billing_period,
            connection=connection,
            models=published_models(dbt_manifest(workspace.home)),
            evidence=evidence(
                connection,
                versions,
                invoices,
                contracts,
                changes,
                compared_receipts(workspace.home, workspace.estate, billing_period),
                billing_period,
                gate,
            ),
            announce=announce,
        )


def alert_step(
    workspace: Workspace, published: Publication, announce: Callable[[str], None] = lambda message: None
) -> tuple[AlertReceipt, ...]:
    """Tell owners of what a publication shows that the policy wants them told: idle GPUs; each is told once.

    Raises:
        PolicyRefused: the policy files are not valid.
        ConfigurationError: a receiver did not accept an alert; the publication stands.
    """
    settings = workspace.estate.notifications
    if settings is None:
        return ()
    alerts = gpu_idle_alerts(published, load_policy(workspace.estate.policy))
    return send_alerts(workspace.home, settings, alerts, announce)


def evidence(
    connection: duckdb.DuckDBPyConnection,
    versions: Versions,
    invoices: list[Invoice],
    contracts: Sequence[Contract],
    rule_changes: str,
    receipts_before: Sequence[Receipt],
    billing_period: str,
    gate: GateResult,
) -> Evidence:
    """Return what the manifest says of a build's inputs and checks, read from the warehouse that holds it.

    Usage of other months is an input too: a window or a late charge reaches out of its month. So are the receipts of
    the deliveries before, which the gate compares columns with.
    """
    deliveries = _records(
        connection,
        """
        select source_id, source_kind, scope, delivery_id, file_count, byte_count, row_count, billed_cost
        from landing.deliveries
        where billing_period = $billing_period and in_force
        order by source_id, scope, delivery_id
        """,
        billing_period,
    )
    feeds = _records(
        connection,
        """
        select billing_period, source_id, source_kind, scope, delivery_id, row_count
        from landing.deliveries
        where billing_period <> $billing_period and in_force and billed_cost is null
        order by billing_period, source_id, scope, delivery_id
        """,
        billing_period,
    )
    measured = _records(
        connection,
        """
        select
            billing_period, source_id, source_kind, scope, delivery_id, file_count, byte_count, row_count, billed_cost
        from landing.deliveries
        where billing_period < $billing_period and in_force
        order by billing_period, source_id, scope, delivery_id
        """,
        billing_period,
    )
    measured = [row for row in measured if looks_at(billing_period, row["billing_period"], versions.months_back)]
    accuracy = _records(
        connection,
        """
        select variant, accurate_cost, total_cost, allocation_accuracy, grade, reporting_currency
        from finance.kpi_allocation_accuracy
        where billing_period = $billing_period and node_level = 'estate'
        order by variant
        """,
        billing_period,
    )
    invoiced = INVOICES.revision(invoices, billing_period)
    contracted = CONTRACTS.revision(contracts, billing_period)
    return Evidence(
        fingerprint=fingerprint(
            [delivery["delivery_id"] for delivery in (*deliveries, *measured)], invoiced, versions, contracted
        ),
        inputs={
            "deliveries": deliveries,
            "feeds": feeds,
            "measured": [row for row in measured if row["billed_cost"] is not None],
            "receipts_before": [
                {
                    "billing_period": receipt.billing_period,
                    "source_id": receipt.source_id,
                    "source_kind": receipt.kind,
                    "delivery_id": receipt.delivery_id,
                }
                for receipt in receipts_before
            ],
            "invoices": invoiced,
            "contracts": contracted,
            "rule_changes": rule_changes,
            "compared_with": compared_with(connection, billing_period),
            **asdict(versions),
        },
        gate=gate.to_json(),
        allocation_accuracy=accuracy,
    )


def _run_results(workspace: Workspace) -> Path:
    return workspace.home.dbt / "target" / "run_results.json"


def _records(connection: duckdb.DuckDBPyConnection, query: str, billing_period: str) -> list[dict[str, Any]]:
    """Return rows as JSON values: decimals as text, so that no digit is lost."""
    cursor = connection.execute(query, {"billing_period": billing_period})
    names = [column[0] for column in cursor.description or ()]
    return [
        {
            name: value if value is None or isinstance(value, int | float | bool) else str(value)
            for name, value in zip(names, row, strict=True)
        }
        for row in cursor.fetchall()
    ]
