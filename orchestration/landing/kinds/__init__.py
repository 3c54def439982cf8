"""The kinds of source that can be landed: one module each, found here by name."""

from orchestration.landing.kinds import (
    alibaba_billing_detail,
    alibaba_focus,
    anthropic_costs,
    anthropic_usage,
    aws_cur2,
    aws_cur_legacy,
    aws_focus,
    azure_cost_details,
    azure_focus,
    databricks_usage,
    driver_usage,
    focus,
    gcp_detailed,
    gcp_focus,
    invoice_lines,
    kubernetes_usage,
    oci_cost,
    oci_focus,
    on_premises,
    openai_costs,
    openai_usage,
    saas_contracts,
    saas_seats,
    snowflake_usage,
)
from orchestration.landing.kinds.base import Kind

KINDS: dict[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (
        alibaba_billing_detail,
        alibaba_focus,
        anthropic_costs,
        anthropic_usage,
        aws_cur2,
        aws_cur_legacy,
        aws_focus,
        azure_cost_details,
        azure_focus,
        databricks_usage,
        driver_usage,
        focus,
        gcp_detailed,
        gcp_focus,
        invoice_lines,
        kubernetes_usage,
        oci_cost,
        oci_focus,
        on_premises,
        openai_costs,
        openai_usage,
        saas_contracts,
        saas_seats,
        snowflake_usage,
    )
}
