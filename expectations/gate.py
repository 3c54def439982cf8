"""Runs every suite over a billing period and says whether it may be published."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Mapping
from typing import Any

import duckdb
import pandas as pd

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
from great_expectations.core.expectation_validation_result import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent import PandasDatasource
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.result import CheckResult, GateResult
from expectations.suite import Check, Suite
from expectations.suites import suites

MESSAGE_LIMIT = 20


def run_gate(connection: duckdb.DuckDBPyConnection, billing_period: str) -> GateResult:
    """Run every suite over ``billing_period`` (``YYYY-MM``); reads the warehouse, writes nothing.

    An expectation that cannot run (its table or column is missing, it raises) is reported as such and blocks.
    """
    source = _source()
    results: list[CheckResult] = []
    for suite in suites():
        results.extend(_run_suite(connection, billing_period, suite, source))
    return GateResult(billing_period, tuple(results))


def _source() -> PandasDatasource:
    """Return a source for frames, in a context that lives in memory only."""
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context.data_sources.add_pandas("warehouse")


def _run_suite(
    connection: duckdb.DuckDBPyConnection, billing_period: str, suite: Suite, source: PandasDatasource
) -> list[CheckResult]:
    try:
        frame = _frame(connection, billing_period, suite)
    except duckdb.Error as error:
        return [_could_not_run(suite, check, f"{suite.table} cannot be read: {error}") for check in suite.checks]
    try:
        validated = _validate(suite, frame, source)
    except Exception as error:  # a defect of the gate itself must block and be told, never pass
        return [_could_not_run(suite, check, f"{type(error).__name__}: {error}") for check in suite.checks]
    found = {_check_of(result): result for result in validated.results}
    return [_outcome(suite, check, frame, found.get(check.id)) for check in suite.checks]


def _frame(connection: duckdb.DuckDBPyConnection, billing_period: str, suite: Suite) -> pd.DataFrame:
    """Return the suite's rows with their exact Python values: decimals stay Decimal, which a DuckDB frame loses."""
    cursor = connection.execute(suite.query, {"billing_period": billing_period})
    columns = [column[0] for column in cursor.description or ()]
    return pd.DataFrame(cursor.fetchall(), columns=columns, dtype=object)


def _validate(suite: Suite, frame: pd.DataFrame, source: PandasDatasource) -> ExpectationSuiteValidationResult:
    with warnings.catch_warnings():
        # Great Expectations 1.24 calls pandas in ways that pandas announces will change; the version is pinned.
        warnings.simplefilter("ignore")
        definition = source.add_dataframe_asset(suite.table).add_batch_definition_whole_dataframe("period")
        batch = definition.get_batch(batch_parameters={"dataframe": frame})
        expectations = gx.ExpectationSuite(
            name=suite.table, expectations=[_expectation(check) for check in suite.checks]
        )
        return batch.validate(expectations, result_format={"result_format": "COMPLETE"})


def _expectation(check: Check) -> Expectation:
    made: Expectation = getattr(gx.expectations, check.expectation)(
        **check.arguments, severity=FailureSeverity(check.severity), meta={"check": check.id}
    )
    return made


def _outcome(suite: Suite, check: Check, frame: pd.DataFrame, found: ExpectationValidationResult | None) -> CheckResult:
    if found is None:
        return _could_not_run(suite, check, "Great Expectations returned no result for it")
    if (raised := _raised(found.exception_info)) is not None:
        return _could_not_run(suite, check, raised)
    if found.success:
        return CheckResult(suite.table, check.id, check.severity, "passed", check.statement, len(frame))
    messages = tuple(_messages(check, frame, found.result))
    return CheckResult(suite.table, check.id, check.severity, "failed", check.statement, len(frame), messages)


def _check_of(result: ExpectationValidationResult) -> str | None:
    config = result.expectation_config
    return str(config.meta["check"]) if config and config.meta else None


def _raised(exception_info: Mapping[str, Any] | None) -> str | None:
    """Return the first exception's text; an expectation that raised has a verdict on nothing."""
    if not exception_info:
        return None
    details = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    texts = [str(detail.get("exception_message")) for detail in details if detail.get("raised_exception")]
    return texts[0] if texts else None


def _messages(check: Check, frame: pd.DataFrame, result: Mapping[str, Any]) -> list[str]:
    if "unexpected_index_list" not in result:
        return [check.message({"observed": result.get("observed_value")})]
    indices = result["unexpected_index_list"]
    rows = [frame.loc[index].to_dict() for index in indices[:MESSAGE_LIMIT]]
    messages = [check.message(row) for row in rows]
    if len(indices) > MESSAGE_LIMIT:
        messages.append(f"and {len(indices) - MESSAGE_LIMIT} more")
    return messages


def _could_not_run(suite: Suite, check: Check, reason: str) -> CheckResult:
    message = f"{suite.table}: {check.id} could not run, so nothing is known: {' '.join(reason.split())}"
    return CheckResult(suite.table, check.id, check.severity, "could_not_run", check.statement, None, (message,))
