"""Puts the definitions of an estate together."""

from __future__ import annotations

import dagster as dg

from orchestration.defs.automation import daily_schedule, delivery_sensor, landing_job
from orchestration.defs.common import WarehouseLock, billing_periods
from orchestration.defs.gate import asset_of, gate_checks
from orchestration.defs.gateway import gateway_job, gateway_schedule
from orchestration.defs.landing import catalogue, landing_assets
from orchestration.defs.models import dbt_resource, model_assets, specs_of
from orchestration.defs.notices import notices_asset
from orchestration.defs.policy import policy_assets
from orchestration.defs.publication import publication_asset
from orchestration.publishing import published_models
from orchestration.runs.workspace import Workspace
from orchestration.warehouse.dbt_project import dbt_manifest

JOB_NAME = "billing_period"


def build_definitions(workspace: Workspace, *, newest_period: str | None = None) -> dg.Definitions:
    """Return everything Dagster shows and runs for an estate.

    Args:
        workspace: home and estate.
        newest_period: the newest billing period there must be a partition for, if it lies ahead of the clock.
    """
    manifest = dbt_manifest(workspace.home)
    periods = billing_periods(newest_period)
    audits = [
        asset_of(f"{node['schema']}.{node['alias']}")
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "audit"
    ]
    marts = [asset_of(f"{model.schema}.{model.name}") for model in published_models(manifest)]
    job = dg.define_asset_job(
        JOB_NAME,
        selection=dg.AssetSelection.all(),
        description="Lands, builds, checks and publishes one billing period: what `tieout run` does.",
    )
    landing = landing_job(workspace)
    watching = gateway_job(workspace)
    seeds = list(specs_of(manifest, "nodes", "seed").values())
    return dg.Definitions(
        assets=[
            *landing_assets(workspace, periods),
            catalogue(workspace, periods, specs_of(manifest, "sources", "source")),
            policy_assets(workspace, periods, seeds),
            notices_asset(workspace, periods, seeds),
            model_assets(workspace, periods, manifest),
            publication_asset(workspace, periods, sorted({*audits, *marts})),
        ],
        asset_checks=[gate_checks(workspace)],
        jobs=[job, landing, watching],
        schedules=[daily_schedule(workspace, job), gateway_schedule(workspace, watching)],
        sensors=[delivery_sensor(workspace, landing, job)],
        resources={
            "dbt": dbt_resource(workspace),
            "warehouse": WarehouseLock(home=str(workspace.home.root), estate=str(workspace.estate.path)),
        },
        executor=dg.in_process_executor,
    )
