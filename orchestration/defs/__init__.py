"""The Dagster definitions: what exists. How it is done is in the plain modules that each of them calls."""

import warnings

from dagster import BetaWarning

from orchestration.defs.build import JOB_NAME, build_definitions

# Dagster's version is pinned: what it may change in another one (backfill policies, owners) surprises nobody.
warnings.filterwarnings("ignore", category=BetaWarning)

__all__ = ["JOB_NAME", "build_definitions"]
