"""What Dagster loads: the definitions of the estate that TIEOUT_ESTATE names, in the home that TIEOUT_HOME names."""

from orchestration.defs import build_definitions
from orchestration.runs.workspace import Workspace

defs = build_definitions(Workspace.of())
