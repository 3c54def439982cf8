"""What the gate found: one outcome per expectation, with messages for people, and the verdict over all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["critical", "warning"]
Outcome = Literal["passed", "failed", "could_not_run"]
Verdict = Literal["passed", "passed_with_warnings", "blocked"]


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one expectation for one billing period.

    Attributes:
        table: relation it reads, ``audit.audit_invoices``.
        check: the expectation's id, unique within the table.
        severity: ``critical`` blocks when it fails; ``warning`` is published with the report.
        outcome: ``could_not_run`` is no verdict on the data, and blocks whatever the severity.
        statement: what holds when it passes.
        rows: how many rows it looked at; None if it could not run.
        messages: one per finding, naming the thing and its figures; at most ``MESSAGE_LIMIT`` and a last line with
            the number of those left out.
    """

    table: str
    check: str
    severity: Severity
    outcome: Outcome
    statement: str
    rows: int | None
    messages: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether this outcome alone keeps the period from being published."""
        return self.outcome == "could_not_run" or (self.outcome == "failed" and self.severity == "critical")


@dataclass(frozen=True)
class GateResult:
    """The gate's verdict over a billing period (``YYYY-MM``), with every expectation's outcome."""

    billing_period: str
    results: tuple[CheckResult, ...]

    @property
    def verdict(self) -> Verdict:
        """``blocked``, or passed with or without warnings."""
        if any(result.blocks for result in self.results):
            return "blocked"
        if any(result.outcome == "failed" for result in self.results):
            return "passed_with_warnings"
        return "passed"

    @property
    def blocks(self) -> bool:
        """Whether the period must not be published."""
        return self.verdict == "blocked"

    @property
    def blocking(self) -> tuple[CheckResult, ...]:
        """The outcomes that block."""
        return tuple(result for result in self.results if result.blocks)

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        """The failed expectations that do not block."""
        return tuple(result for result in self.results if result.outcome == "failed" and not result.blocks)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values, without a time, so that equal verdicts are equal bytes."""
        return {
            "billing_period": self.billing_period,
            "verdict": self.verdict,
            "results": [{**asdict(result), "messages": list(result.messages)} for result in self.results],
        }

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> GateResult:
        """Return the result that ``to_json`` wrote."""
        return cls(
            content["billing_period"],
            tuple(CheckResult(**{**result, "messages": tuple(result["messages"])}) for result in content["results"]),
        )
