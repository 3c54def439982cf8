"""What is published: the models that the dbt exposure ``finance_publication`` names, with all that publishing needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.errors import ConfigurationError

EXPOSURE = "finance_publication"
PERIOD_COLUMNS = ("billing_period", "x_billing_period")


@dataclass(frozen=True)
class PublishedModel:
    """One model of the publish list.

    Attributes:
        name: relation name, the same in the warehouse and in the publication.
        schema: schema in the warehouse (``finance``).
        materialized: dbt's materialization; ``partitioned`` models are files already, ``view`` stays a view.
        partition_by: partition columns in folder order; empty unless ``partitioned``.
        description: what a reader of the published table is told.
        column_descriptions: the same per column.
    """

    name: str
    schema: str
    materialized: str
    partition_by: tuple[str, ...]
    description: str
    column_descriptions: Mapping[str, str]

    @property
    def period_partition(self) -> str | None:
        """The partition column that holds the billing period, or None."""
        return next((column for column in self.partition_by if column in PERIOD_COLUMNS), None)


def published_models(manifest: Mapping[str, Any]) -> list[PublishedModel]:
    """Return the publish list of a dbt ``manifest.json``, by name.

    Raises:
        ConfigurationError: the exposure is missing, or depends on something that is not a model.
    """
    exposure = next((found for found in manifest["exposures"].values() if found["name"] == EXPOSURE), None)
    if exposure is None:
        raise ConfigurationError(
            "models/marts/_marts__exposures.yml",
            found=f"no exposure named {EXPOSURE}",
            expected="the list of models to publish",
            cure=f"Add an exposure {EXPOSURE} whose depends_on names every published model.",
        )
    chosen = []
    for unique_id in exposure["depends_on"]["nodes"]:
        node = manifest["nodes"].get(unique_id)
        if node is None or node["resource_type"] != "model":
            raise ConfigurationError(
                "models/marts/_marts__exposures.yml",
                found=f"{EXPOSURE} depends on {unique_id}",
                expected="models only",
                cure="Name marts with ref(); sources and seeds are not published.",
            )
        config = node["config"]
        partition_by = config.get("partition_by") or config.get("meta", {}).get("partition_by") or []
        chosen.append(
            PublishedModel(
                name=node["alias"],
                schema=node["schema"],
                materialized=config["materialized"],
                partition_by=tuple([partition_by] if isinstance(partition_by, str) else partition_by),
                description=_one_paragraph(node["description"]),
                column_descriptions={
                    name: _one_paragraph(column["description"]) for name, column in node["columns"].items()
                },
            )
        )
    return sorted(chosen, key=lambda model: model.name)


def _one_paragraph(text: str) -> str:
    return " ".join(text.split())
