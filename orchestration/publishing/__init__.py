"""Publication: an immutable, numbered, hashed copy of the marts of one billing period, made visible in one step."""

from orchestration.publishing.manifest import Evidence, read_manifest
from orchestration.publishing.models import PublishedModel, published_models
from orchestration.publishing.publications import Publication, current_publication, publications, publish

__all__ = [
    "Evidence",
    "Publication",
    "PublishedModel",
    "current_publication",
    "publications",
    "publish",
    "published_models",
    "read_manifest",
]
