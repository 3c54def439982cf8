-- one row per source, billing period, identity and invoice: what owners bear of it
-- Partitioned as the splits are, and rebuilt with them: only here is a charge's split met by its invoice, one by one.
{{ config(
    schema='allocation',
    access='protected',
    contract={'enforced': false},
    partition_by=['source_id', 'billing_period'],
    order_by=['identity_id', 'invoice_id'],
    partitions_from='allocation.int_split_partitions',
    row_counts_from='allocation.int_split_chunks',
) }}
-- depends_on: {{ ref('int_split_partitions') }}
-- depends_on: {{ ref('int_split_chunks') }}
with charges as (

    select * from {{ ref('focus_cost_and_usage') }}

),

splits as (

    select * from {{ ref('fct_charge_splits') }}

),

final as (

    select
        splits.source_id,
        splits.billing_period,
        splits.identity_id,
        charges.InvoiceId as invoice_id,
        sum(case when splits.domain_id = 'unallocated' then 0 else splits.effective_cost end) as allocated_cost,
        sum(case when splits.domain_id = 'unallocated' then splits.effective_cost else 0 end) as unallocated_cost
    from splits
    inner join charges
        on
            splits.source_id = charges.x_source_id
            and splits.billing_period = charges.x_billing_period
            and splits.charge_id = charges.x_charge_id
    group by
        splits.source_id,
        splits.billing_period,
        splits.identity_id,
        charges.InvoiceId

)

select * from final
