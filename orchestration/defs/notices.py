"""Change notices as an asset: owners are told before figures are made with changed rules."""

from collections.abc import Sequence

import dagster as dg

from orchestration.defs.common import FINANCE_OWNER, ONE_PERIOD_PER_RUN, WAREHOUSE_POOL
from orchestration.runs import steps
from orchestration.runs.workspace import Workspace

KEY = dg.AssetKey(["change_notices"])


def notices_asset(
    workspace: Workspace, periods: dg.PartitionsDefinition[str], seeds: Sequence[dg.AssetSpec]
) -> dg.AssetsDefinition:
    """Return the notices of a period: what changed in the policy since the last publication, and who was told.

    Args:
        workspace: home and estate.
        periods: the partitions.
        seeds: dbt's seeds, which hold the policy.
    """

    @dg.asset(
        key=KEY,
        deps=[spec.key for spec in seeds],
        description="Rule changes since the last publication, told to the owners whose cost they move, exactly once.",
        partitions_def=periods,
        group_name="policy",
        kinds={"python", "html"},
        owners=[FINANCE_OWNER],
        pool=WAREHOUSE_POOL,
        backfill_policy=ONE_PERIOD_PER_RUN,
        required_resource_keys={"warehouse"},
    )
    def change_notices(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        notified = steps.notify_step(workspace, context.partition_key, announce=context.log.info)
        changes = [change for transition in notified.record.transitions for change in transition.changes]
        return dg.MaterializeResult(
            metadata={
                "rule_changes": len(changes),
                "without_approval": sum(change.missing is not None for change in changes),
                "sent": len(notified.sent),
                "sent_before": len(notified.sent_before),
                "receipts": dg.MetadataValue.json(
                    [receipt.model_dump(mode="json") for receipt in (*notified.sent_before, *notified.sent)]
                ),
            }
        )

    return change_notices
