"""The publication as an asset: runs only when every blocking check upstream has passed."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from orchestration.defs.common import FINANCE_OWNER, ONE_PERIOD_PER_RUN, WAREHOUSE_POOL
from orchestration.runs import steps
from orchestration.runs.workspace import Workspace

KEY = dg.AssetKey(["publication"])


def publication_asset(
    workspace: Workspace, periods: dg.PartitionsDefinition[str], upstream: Sequence[dg.AssetKey]
) -> dg.AssetsDefinition:
    """Return the publication of a period.

    Args:
        workspace: home and estate.
        periods: the partitions.
        upstream: the published models, and the audit tables that must tie first.
    """

    @dg.asset(
        key=KEY,
        deps=list(upstream),
        description="The period's marts as an immutable, hashed copy; `current` moves last. Readers open nothing else.",
        partitions_def=periods,
        group_name="publication",
        kinds={"parquet", "duckdb"},
        owners=[FINANCE_OWNER],
        pool=WAREHOUSE_POOL,
        backfill_policy=ONE_PERIOD_PER_RUN,
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=timedelta(hours=72), warn_window=timedelta(hours=36)
        ),
        required_resource_keys={"warehouse"},
    )
    def publication(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        published = steps.publish_step(workspace, context.partition_key, announce=context.log.info)
        alerts = steps.alert_step(workspace, published, announce=context.log.info)
        manifest = published.manifest()
        return dg.MaterializeResult(
            metadata={
                "folder": dg.MetadataValue.path(str(published.folder)),
                "number": published.number,
                "is_new": published.is_new,
                "gate": manifest["gate"]["verdict"],
                "alerts_sent": len(alerts),
                "allocation_accuracy": dg.MetadataValue.json(manifest["allocation_accuracy"]),
                "row_counts": dg.MetadataValue.json(
                    {name: entry["row_count"] for name, entry in manifest["tables"].items() if "row_count" in entry}
                ),
            }
        )

    return publication
