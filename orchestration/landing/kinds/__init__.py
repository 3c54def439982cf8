"""The kinds of source that can be landed: one module each, found here by name."""

from orchestration.landing.kinds import (
    anthropic_costs,
    aws_cur2,
    aws_focus,
    azure_focus,
    driver_usage,
    focus,
    gcp_detailed,
    openai_costs,
)
from orchestration.landing.kinds.base import Kind

KINDS: dict[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (
        anthropic_costs,
        aws_cur2,
        aws_focus,
        azure_focus,
        driver_usage,
        focus,
        gcp_detailed,
        openai_costs,
    )
}
