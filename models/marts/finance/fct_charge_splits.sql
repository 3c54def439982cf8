-- one row per charge and owner; a charge with one owner has one row
{{ config(
    partition_by=['source_id', 'billing_period'],
    order_by=['charge_id', 'share_from'],
    chunks_from='allocation.int_split_chunks',
    chunk_by=['charge_id'],
    chunks_sorted=true,
    partitions_from='allocation.int_split_partitions',
) }}
-- depends_on: {{ ref('int_split_partitions') }}
-- depends_on: {{ ref('int_split_chunks') }}
with charges as (

    select * from {{ ref('int_charges') }}

),

owners as (

    select * from {{ ref('int_charge_owners') }}

),

shares as (

    select * from {{ ref('allocation_shares') }}

),

owned_charges as (

    select
        charges.source_id,
        charges.billing_period,
        charges.charge_id,
        charges.identity_id,
        charges.charge_date,
        charges.billing_currency,
        owners.domain_id as owner_domain_id,
        owners.pool_id,
        owners.pool_version,
        owners.pool_scope_id,
        {{ window_start('owners.driver_window', 'charges.charge_date', 'charges.billing_period', 'owners.cut_from') }}
            as window_start,
        {{ window_hour('owners.driver_window', 'charges.charge_hour') }} as window_hour,
        owners.rule_id,
        owners.rule_version,
        coalesce(owners.attribution_method, 'none') as attribution_method,
        owners.reason as owner_reason,
        owners.identity_id is null as has_no_assignment,
        charges.billed_cost,
        case
            when owners.pool_scope_id is not null then {{ double_from_decimal('charges.billed_cost') }}
        end as billed_cost_as_double,
        charges.effective_cost,
        case
            when owners.pool_scope_id is not null then {{ double_from_decimal('charges.effective_cost') }}
        end as effective_cost_as_double,
        charges.list_cost,
        case
            when owners.pool_scope_id is not null then {{ double_from_decimal('charges.list_cost') }}
        end as list_cost_as_double,
        charges.contracted_cost,
        case
            when owners.pool_scope_id is not null then {{ double_from_decimal('charges.contracted_cost') }}
        end as contracted_cost_as_double
    from charges
    left join owners
        on
            charges.identity_id = owners.identity_id
            and charges.charge_date >= owners.segment_from
            and charges.charge_date < owners.segment_to

),

-- a charge whose owner or pool is missing from policy stays, with nobody's name on it
shared_charges as (

    select
        owned_charges.source_id,
        owned_charges.billing_period,
        owned_charges.charge_id,
        owned_charges.identity_id,
        owned_charges.charge_date,
        coalesce(shares.domain_id, owned_charges.owner_domain_id, 'unallocated') as domain_id,
        owned_charges.pool_id,
        owned_charges.pool_version,
        owned_charges.rule_id,
        owned_charges.rule_version,
        owned_charges.attribution_method,
        shares.allocation_method,
        case
            when shares.share_id is not null then shares.reason
            when owned_charges.pool_id is not null then 'no_pool_in_force'
            when owned_charges.has_no_assignment then 'no_assignment'
            else owned_charges.owner_reason
        end as reason,
        shares.share_id,
        coalesce(shares.share_from, 0) as share_from,
        coalesce(shares.share_to, 1) as share_to,
        owned_charges.billing_currency,
        owned_charges.billed_cost,
        owned_charges.billed_cost_as_double,
        owned_charges.effective_cost,
        owned_charges.effective_cost_as_double,
        owned_charges.list_cost,
        owned_charges.list_cost_as_double,
        owned_charges.contracted_cost,
        owned_charges.contracted_cost_as_double
    from owned_charges
    left join shares
        on
            owned_charges.pool_scope_id = shares.pool_scope_id
            and owned_charges.window_start = shares.window_start
            and owned_charges.window_hour = shares.window_hour
            and owned_charges.billing_period = shares.billing_period

),

final as (

    select
        source_id,
        billing_period,
        charge_id,
        identity_id,
        charge_date,
        domain_id,
        pool_id,
        pool_version,
        rule_id,
        rule_version,
        attribution_method,
        allocation_method,
        reason,
        share_id,
        share_from,
        share_to,
        billing_currency,
        {{ split_amount('billed_cost', 'billed_cost_as_double', 'share_from', 'share_to') }} as billed_cost,
        {{ split_amount('effective_cost', 'effective_cost_as_double', 'share_from', 'share_to') }} as effective_cost,
        {{ split_amount('list_cost', 'list_cost_as_double', 'share_from', 'share_to') }} as list_cost,
        {{ split_amount('contracted_cost', 'contracted_cost_as_double', 'share_from', 'share_to') }} as contracted_cost
    from shared_charges

)

select * from final
