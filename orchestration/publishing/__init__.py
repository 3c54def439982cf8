"""Publication: an immutable, numbered, hashed copy of the marts of one billing period, made visible in one step."""

from orchestration.publishing.closing import ClosedPeriod, closed_period, closed_periods, refuse_closed
from orchestration.publishing.costs_before import (
    compared_files,
    compared_publication,
    compared_with,
    publication_before,
    write_costs_before,
)
from orchestration.publishing.manifest import Evidence, read_manifest
from orchestration.publishing.models import PublishedModel, published_models
from orchestration.publishing.publications import Publication, current_publication, publications, publish

__all__ = [
    "ClosedPeriod",
    "Evidence",
    "Publication",
    "PublishedModel",
    "closed_period",
    "closed_periods",
    "compared_files",
    "compared_publication",
    "compared_with",
    "current_publication",
    "publication_before",
    "publications",
    "publish",
    "published_models",
    "read_manifest",
    "refuse_closed",
    "write_costs_before",
]
