"""Landing as assets: one per source of the estate, invoices and contracts, and the catalogue that models read."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import dagster as dg

from orchestration.defs.common import LANDING_OWNER, ONE_PERIOD_PER_RUN, WAREHOUSE_POOL
from orchestration.defs.notices import KEY as NOTICES_KEY
from orchestration.estate import Source
from orchestration.landing import LandingResult
from orchestration.publishing import publication_before
from orchestration.runs import steps
from orchestration.runs.workspace import Workspace

INVOICES_KEY = dg.AssetKey(["deliveries", "invoices"])
CONTRACTS_KEY = dg.AssetKey(["deliveries", "contracts"])
GROUP = "landing"


def source_key(source_id: str) -> dg.AssetKey:
    """Return the asset of a source's deliveries."""
    return dg.AssetKey(["deliveries", source_id])


def landing_assets(workspace: Workspace, periods: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """Return one asset per source of the estate, one for its invoices and one for its contracts."""
    return [
        *(_source_asset(workspace, source, periods) for source in workspace.estate.sources),
        _invoices(workspace, periods),
        _contracts(workspace, periods),
    ]


def landing_metadata(result: LandingResult) -> dict[str, Any]:
    """Return what Dagster shows of a source's deliveries in force: rows, bytes, cost, and each receipt."""
    receipts = [*result.receipts, *result.unchanged]
    costs = [receipt.billed_cost for receipt in receipts if receipt.billed_cost is not None]
    return {
        "dagster/row_count": sum(receipt.row_count for receipt in receipts),
        "bytes": sum(receipt.byte_count for receipt in receipts),
        "billed_cost": str(sum(costs)) if costs else "no money",
        "landed_now": len(result.receipts),
        "receipts": dg.MetadataValue.json(
            [receipt.model_dump(mode="json", exclude={"found_columns", "landed_columns"}) for receipt in receipts]
        ),
    }


def _source_asset(workspace: Workspace, source: Source, periods: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    @dg.asset(
        key=source_key(source.id),
        description=f"Deliveries of {source.id} ({source.kind}) as Parquet with receipts, from {source.location}.",
        partitions_def=periods,
        group_name=GROUP,
        kinds={"python", "parquet"},
        owners=[LANDING_OWNER],
        tags={"tieout/kind": source.kind},
        pool=WAREHOUSE_POOL,
        backfill_policy=ONE_PERIOD_PER_RUN,
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=timedelta(hours=72), warn_window=timedelta(hours=36)
        ),
        required_resource_keys={"warehouse"},
    )
    def deliveries(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        result = steps.land_step(workspace, source.id, context.partition_key)
        return dg.MaterializeResult(metadata=landing_metadata(result))

    return deliveries


def _invoices(workspace: Workspace, periods: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    @dg.asset(
        key=INVOICES_KEY,
        description="The issuers' invoices, which the charges must tie to.",
        partitions_def=periods,
        group_name=GROUP,
        kinds={"python", "csv"},
        owners=["team:finance"],
        pool=WAREHOUSE_POOL,
        backfill_policy=ONE_PERIOD_PER_RUN,
        required_resource_keys={"warehouse"},
    )
    def invoices(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        found = steps.land_invoices_step(workspace, context.partition_key)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": len(found),
                "invoices": dg.MetadataValue.json([invoice.model_dump(mode="json") for invoice in found]),
            }
        )

    return invoices


def _contracts(workspace: Workspace, periods: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    @dg.asset(
        key=CONTRACTS_KEY,
        description="Negotiated commitments, which no export tells of.",
        partitions_def=periods,
        group_name=GROUP,
        kinds={"python", "csv"},
        owners=["team:finance"],
        pool=WAREHOUSE_POOL,
        backfill_policy=ONE_PERIOD_PER_RUN,
        required_resource_keys={"warehouse"},
    )
    def contracts(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"dagster/row_count": len(steps.land_contracts_step(workspace))})

    return contracts


def catalogue(
    workspace: Workspace,
    periods: dg.PartitionsDefinition[str],
    sources: Mapping[str, dg.AssetSpec],
) -> dg.AssetsDefinition:
    """Return the asset of schema ``landing``: dbt's sources, as views over the deliveries in force.

    Args:
        workspace: home and estate.
        periods: the partitions.
        sources: dbt's sources by table name.
    """

    def upstream(table: str) -> list[dg.AssetKey]:
        of_kind = [source_key(source.id) for source in workspace.estate.sources if source.kind == table]
        if table == "invoices":
            return [INVOICES_KEY]
        if table == "contracts":
            return [CONTRACTS_KEY]
        if table == "rule_changes":
            return [NOTICES_KEY]
        if table in ("deliveries", "partitions", "run_scope", "run_context"):
            keys = [source_key(source.id) for source in workspace.estate.sources]
            return [*keys, CONTRACTS_KEY] if table == "partitions" else keys
        return of_kind

    @dg.multi_asset(
        name="landing_catalogue",
        specs=[
            dg.AssetSpec(
                spec.key,
                deps=upstream(table),
                description=spec.description,
                metadata={key: value for key, value in spec.metadata.items() if key.startswith("dagster/")},
                group_name=GROUP,
                kinds={"duckdb", "view"},
                owners=[LANDING_OWNER],
            )
            for table, spec in sources.items()
        ],
        partitions_def=periods,
        pool=WAREHOUSE_POOL,
        backfill_policy=ONE_PERIOD_PER_RUN,
        required_resource_keys={"warehouse"},
    )
    def landing_catalogue(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        period = context.partition_key
        steps.land_other_months_step(workspace, period)
        steps.register_step(workspace, period, publication_before(workspace.home, period))
        for spec in sources.values():
            yield dg.MaterializeResult(asset_key=spec.key)

    return landing_catalogue
