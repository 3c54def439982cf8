"""AWS FOCUS exports, by Data Exports."""

from orchestration.landing.kinds.aws_export import discover_exports
from orchestration.landing.kinds.base import Kind

KIND = Kind(name="aws_focus", discover=discover_exports("aws_focus"))
