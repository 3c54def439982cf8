"""The gate as checks: each expectation is a check on the table that it reads, and a blocking one stops publication."""

from collections.abc import Iterator

import dagster as dg

from expectations.result import CheckResult
from expectations.suites import suites
from orchestration.defs.common import WAREHOUSE_POOL
from orchestration.runs import steps
from orchestration.runs.workspace import Workspace


def asset_of(table: str) -> dg.AssetKey:
    """Return the asset of a relation, ``schema.name``."""
    return dg.AssetKey(table.split("."))


def check_name(check: str) -> str:
    """Return the name of an expectation's check, apart from those of dbt's tests."""
    return f"gate_{check}"


def gate_checks(workspace: Workspace) -> dg.AssetChecksDefinition:
    """Return every expectation of every suite as a blocking check, run together."""

    @dg.multi_asset_check(
        name="gate",
        specs=[
            dg.AssetCheckSpec(
                check_name(check.id),
                asset=asset_of(suite.table),
                description=check.statement,
                blocking=True,
                metadata={"severity": check.severity},
            )
            for suite in suites()
            for check in suite.checks
        ],
        description="Decides publish or block: Great Expectations over control totals and marts.",
        pool=WAREHOUSE_POOL,
        required_resource_keys={"warehouse"},
    )
    def gate(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        result = steps.gate_step(workspace, context.partition_key)
        for found in result.results:
            yield check_result(found)

    return gate


def check_result(found: CheckResult) -> dg.AssetCheckResult:
    """Return an expectation's outcome as Dagster has it: an error blocks, a warning does not."""
    severity = dg.AssetCheckSeverity.ERROR
    if found.outcome == "failed" and not found.blocks:
        severity = dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=asset_of(found.table),
        check_name=check_name(found.check),
        passed=found.outcome == "passed",
        severity=severity,
        description="\n".join(found.messages) or found.statement,
        metadata={"outcome": found.outcome, "rows": found.rows if found.rows is not None else "unknown"},
    )
