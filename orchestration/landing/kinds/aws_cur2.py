"""AWS Cost and Usage Report 2.0, by Data Exports."""

from orchestration.landing.kinds.aws_export import discover_exports
from orchestration.landing.kinds.base import Kind

KIND = Kind(name="aws_cur2", discover=discover_exports("aws_cur2"))
