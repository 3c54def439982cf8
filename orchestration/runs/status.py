"""The state of a billing period, as ``tieout status`` tells it."""

from __future__ import annotations

from typing import Any

from orchestration.landing import column_changes
from orchestration.runs.planning import PeriodPlan
from orchestration.runs.steps import kept_gate_result
from orchestration.runs.workspace import Workspace


def status_of(workspace: Workspace, period: PeriodPlan) -> dict[str, Any]:
    """Return what is known of a period as plain values.

    ``state`` is ``published``, ``not published``, ``stale`` (what readers see was made of other inputs) or ``closed``.
    ``changed_columns`` are those a delivery has or lacks since the one before it.
    ``gate`` is the verdict on the last build, which may be newer than the publication when it blocks.
    """
    changes = column_changes(workspace.home, workspace.estate)
    manifest = period.publication.manifest() if period.publication else None
    accuracy = next(
        (row for row in manifest["allocation_accuracy"] if row["variant"] == "shared") if manifest else iter(()), None
    )
    gate = kept_gate_result(workspace, period.billing_period)
    state = "not published" if period.publication is None else "stale" if period.is_stale else "published"
    state = "closed" if period.closed else state
    return {
        "billing_period": period.billing_period,
        "state": state,
        "closed": (
            {"at": period.closed.closed_at.isoformat(), "by": period.closed.closed_by} if period.closed else None
        ),
        "deliveries": [
            {
                "source_id": receipt.source_id,
                "delivery_id": receipt.delivery_id,
                "scope": receipt.scope,
                "row_count": receipt.row_count,
                "billed_cost": str(receipt.billed_cost) if receipt.billed_cost is not None else None,
                "changed_columns": changes[receipt.delivery_id].as_values() if receipt.delivery_id in changes else None,
            }
            for receipt in period.receipts
        ],
        "publication": (
            {"number": period.publication.number, "folder": str(period.publication.folder)}
            if period.publication
            else None
        ),
        "gate": gate.verdict if gate else manifest["gate"]["verdict"] if manifest else None,
        "allocation_accuracy": (
            {"share": accuracy["allocation_accuracy"], "grade": accuracy["grade"]} if accuracy else None
        ),
    }
