-- one row per billing period, source, charge day, identity, owner and share: the ledger
{{ config(
    partition_by=['source_id', 'billing_period'],
    order_by=['charge_date', 'identity_id', 'domain_id', 'share_id'],
    partitions_from='allocation.int_split_partitions',
    row_counts_from='allocation.int_split_chunks',
) }}
-- depends_on: {{ ref('int_split_partitions') }}
-- depends_on: {{ ref('int_split_chunks') }}
with splits as (

    select * from {{ ref('fct_charge_splits') }}

),

final as (

    select
        billing_period,
        source_id,
        charge_date,
        identity_id,
        domain_id,
        pool_id,
        pool_version,
        rule_id,
        rule_version,
        attribution_method,
        allocation_method,
        reason,
        share_id,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost,
        count(*) as charge_count
    from splits
    group by
        billing_period,
        source_id,
        charge_date,
        identity_id,
        domain_id,
        pool_id,
        pool_version,
        rule_id,
        rule_version,
        attribution_method,
        allocation_method,
        reason,
        share_id,
        billing_currency

)

select * from final
