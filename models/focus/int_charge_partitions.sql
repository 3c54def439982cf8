-- one row per source that brings charges and billing period: the partitions of the charge fact
with partitions as (
    select * from {{ ref('stg_landing__partitions') }}
),

charge_partitions as (
    select
        source_id,
        billing_period,
        source_kind,
        fingerprint
    from partitions
    where source_kind in (
        'alibaba_billing_detail',
        'alibaba_focus',
        'anthropic_costs',
        'aws_cur2',
        'aws_cur_legacy',
        'aws_focus',
        'azure_cost_details',
        'azure_focus',
        'databricks_usage',
        'focus',
        'gcp_detailed',
        'gcp_focus',
        'invoice_lines',
        'oci_cost',
        'oci_focus',
        'on_premises',
        'openai_costs',
        'saas_contracts',
        'snowflake_usage'
    )
)

select * from charge_partitions
