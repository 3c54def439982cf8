"""The dbt models as assets, with their tests as checks."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets

from orchestration.defs.common import ONE_PERIOD_PER_RUN, WAREHOUSE_POOL
from orchestration.runs import steps
from orchestration.runs.workspace import Workspace
from orchestration.versions import PROJECT
from orchestration.warehouse.dbt_project import dbt_executable, dbt_variables

OWNERS_BY_LAYER = {
    "staging": "team:data-engineering",
    "focus": "team:data-engineering",
    "ownership": "team:finops",
    "allocation": "team:finops",
    "marts": "team:finance",
    "audit": "team:finance",
}


class Translator(DagsterDbtTranslator):
    """Names assets as the warehouse does, and groups them by layer."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Return ``schema/name``; for a source, ``landing/table``."""
        name = dbt_resource_props.get("alias") or dbt_resource_props.get("identifier") or dbt_resource_props["name"]
        return dg.AssetKey([dbt_resource_props["schema"], name])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return the layer, which is the first folder."""
        return str(dbt_resource_props["fqn"][1]) if dbt_resource_props["resource_type"] == "model" else None

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str] | None:
        """Return the owner that the model names, else the layer's."""
        if dbt_resource_props["resource_type"] != "model":
            return None
        meta = dbt_resource_props.get("config", {}).get("meta", {})
        owner = meta.get("owner")
        return [f"team:{owner}" if owner else OWNERS_BY_LAYER[dbt_resource_props["fqn"][1]]]


def specs_of(manifest: Mapping[str, Any], section: str, resource_type: str) -> dict[str, dg.AssetSpec]:
    """Return the asset specs of a manifest's sources or seeds, by name."""
    translator = Translator()
    return {
        node["name"]: translator.get_asset_spec(manifest, unique_id, None)
        for unique_id, node in sorted(manifest[section].items())
        if node["resource_type"] == resource_type
    }


def model_assets(
    workspace: Workspace, periods: dg.PartitionsDefinition[str], manifest: Mapping[str, Any]
) -> dg.AssetsDefinition:
    """Return every dbt model as an asset per billing period."""

    @dbt_assets(
        manifest=manifest,
        exclude="resource_type:seed resource_type:unit_test",
        name="dbt_models",
        partitions_def=periods,
        dagster_dbt_translator=Translator(),
        pool=WAREHOUSE_POOL,
        backfill_policy=ONE_PERIOD_PER_RUN,
        required_resource_keys={"dbt", "warehouse"},
    )
    def dbt_models(context: dg.AssetExecutionContext) -> Iterator[Any]:
        steps.begin_build(workspace, context.partition_key)
        dbt: DbtCliResource = context.resources.dbt
        with dbt_variables(workspace.home):
            invocation = dbt.cli(
                ["build"], context=context, target_path=workspace.home.dbt / "target", raise_on_error=False
            )
            yield from invocation.stream()
        steps.raise_for_dbt(workspace)

    return dbt_models


def dbt_resource(workspace: Workspace) -> DbtCliResource:
    """Return the resource that runs dbt on the project."""
    return DbtCliResource(project_dir=str(PROJECT), profiles_dir=str(PROJECT), dbt_executable=str(dbt_executable()))
