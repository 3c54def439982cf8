"""The dbt models as assets, with their tests as checks."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets

from orchestration.defs.common import ONE_PERIOD_PER_RUN, WAREHOUSE_POOL
from orchestration.runs import steps
from orchestration.runs.workspace import Workspace
from orchestration.versions import PROJECT
from orchestration.warehouse.building import inner_views
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


def with_attached_tests(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest in which each test over several models is attached to the last of them in the line.

    dbt attaches a generic test to its model; a singular one that reads several would be a check on nothing.
    """
    nodes = manifest["nodes"]

    @cache
    def depth(unique_id: str) -> int:
        parents = nodes.get(unique_id, {}).get("depends_on", {}).get("nodes", [])
        return 1 + max((depth(parent) for parent in parents), default=0)

    def attached(node: Mapping[str, Any]) -> Mapping[str, Any]:
        if node["resource_type"] != "test" or node.get("attached_node"):
            return node
        models = [parent for parent in node["depends_on"]["nodes"] if parent.startswith("model.")]
        if not models:
            return node
        return {**node, "attached_node": max(models, key=lambda unique_id: (depth(unique_id), unique_id))}

    return {**manifest, "nodes": {unique_id: attached(node) for unique_id, node in nodes.items()}}


def specs_of(manifest: Mapping[str, Any], section: str, resource_type: str) -> dict[str, dg.AssetSpec]:
    """Return the asset specs of a manifest's sources or seeds, by name."""
    translator = Translator()
    return {
        node["name"]: translator.get_asset_spec(manifest, unique_id, None)
        for unique_id, node in sorted(manifest[section].items())
        if node["resource_type"] == resource_type
    }


def with_unchanged_views(events: Iterable[Any], views: Mapping[dg.AssetKey, frozenset[dg.AssetKey]]) -> Iterator[Any]:
    """Yield the events of a build, and among them the views it left as they were, each after what it reads.

    Args:
        events: what dbt told, as Dagster's events.
        views: key of each view that was left out → keys of the models it reads.
    """
    built: set[str] = set()
    waiting = dict(views)

    def ready() -> Iterator[dg.MaterializeResult[Any]]:
        found = True
        while found:
            found = False
            for key, read in list(waiting.items()):
                if all(upstream.to_python_identifier() in built for upstream in read):
                    found = True
                    del waiting[key]
                    built.add(key.to_python_identifier())
                    yield dg.MaterializeResult(asset_key=key, metadata={"unchanged": True})

    yield from ready()
    for event in events:
        yield event
        if isinstance(event, dg.Output):
            built.add(event.output_name)
            yield from ready()


def model_assets(
    workspace: Workspace, periods: dg.PartitionsDefinition[str], manifest: Mapping[str, Any]
) -> dg.AssetsDefinition:
    """Return every dbt model as an asset per billing period."""
    translator = Translator()
    nodes = manifest["nodes"]
    views = {
        translator.get_asset_key(nodes[unique_id]): frozenset(
            translator.get_asset_key(nodes[parent])
            for parent in nodes[unique_id]["depends_on"]["nodes"]
            if parent.startswith("model.")
        )
        for unique_id in inner_views(manifest)
    }

    @dbt_assets(
        manifest=with_attached_tests(manifest),
        # With the models come the tests that read any of them; excluding seeds would also lose tests that read both.
        select="resource_type:model",
        exclude="resource_type:unit_test",
        name="dbt_models",
        partitions_def=periods,
        dagster_dbt_translator=translator,
        pool=WAREHOUSE_POOL,
        backfill_policy=ONE_PERIOD_PER_RUN,
        required_resource_keys={"dbt", "warehouse"},
    )
    def dbt_models(context: dg.AssetExecutionContext) -> Iterator[Any]:
        is_whole = not context.is_subset
        steps.charges_before_step(workspace, context.partition_key, context.log.info)
        steps.begin_build(workspace, context.partition_key)
        selection = steps.selection(workspace, is_whole=is_whole)
        dbt: DbtCliResource = context.resources.dbt
        with dbt_variables(workspace.home):
            invocation = dbt.cli(
                ["build", *selection], context=context, target_path=workspace.home.dbt / "target", raise_on_error=False
            )
            yield from with_unchanged_views(invocation.stream(), views if selection else {})
        if is_whole:
            steps.end_build(workspace)
        else:
            steps.raise_for_dbt(workspace)

    return dbt_models


def dbt_resource(workspace: Workspace) -> DbtCliResource:
    """Return the resource that runs dbt on the project."""
    return DbtCliResource(project_dir=str(PROJECT), profiles_dir=str(PROJECT), dbt_executable=str(dbt_executable()))
