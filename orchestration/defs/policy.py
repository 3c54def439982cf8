"""Policy and reference data as assets: the seeds, validated and written by one step."""

from collections.abc import Iterator, Sequence

import dagster as dg

from orchestration.defs.common import FINANCE_OWNER, ONE_PERIOD_PER_RUN, WAREHOUSE_POOL
from orchestration.runs import steps
from orchestration.runs.workspace import Workspace


def policy_assets(
    workspace: Workspace, periods: dg.PartitionsDefinition[str], seeds: Sequence[dg.AssetSpec]
) -> dg.AssetsDefinition:
    """Return the asset that writes every policy and reference table.

    Args:
        workspace: home and estate.
        periods: the partitions: which rows apply is a matter of the period.
        seeds: dbt's seeds.
    """

    @dg.multi_asset(
        name="policy_tables",
        specs=[
            dg.AssetSpec(
                spec.key,
                description=spec.description,
                metadata={key: value for key, value in spec.metadata.items() if key.startswith("dagster/")},
                group_name="policy",
                kinds={"csv", "duckdb"},
                owners=[FINANCE_OWNER],
            )
            for spec in seeds
        ],
        partitions_def=periods,
        pool=WAREHOUSE_POOL,
        backfill_policy=ONE_PERIOD_PER_RUN,
        required_resource_keys={"warehouse"},
    )
    def policy_tables() -> Iterator[dg.MaterializeResult[None]]:
        policy = steps.write_policy_step(workspace)
        for spec in seeds:
            yield dg.MaterializeResult(asset_key=spec.key, metadata={"policy_revision": policy.revision})

    return policy_tables
