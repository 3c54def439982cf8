"""The Dagster definitions: what exists. How it is done is in the plain modules that each of them calls."""

from orchestration.defs.build import JOB_NAME, build_definitions

__all__ = ["JOB_NAME", "build_definitions"]
