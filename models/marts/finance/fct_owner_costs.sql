-- one row per billing period, owner, and kind of charge that it owns alone, or pool of which it bears a part
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=[
        'domain_id', 'pool_id', 'service_provider_name', 'service_name', 'sku_meter', 'region_id', 'resource_id',
        'charge_category', 'charge_class', 'commitment_discount_status', 'consumed_unit', 'billing_currency'
    ]
) }}

with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

charge_days as (

    select * from {{ ref('int_charge_days') }}
    where billing_period in (select run_scope.billing_period from run_scope)

),

charge_owners as (

    select * from {{ ref('int_charge_owners') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

allocated_costs as (

    select * from {{ ref('fct_allocated_costs') }}
    where
        billing_period in (select run_scope.billing_period from run_scope)
        and pool_id is not null

),

-- quantities are not divided among owners: only charges that one owner has alone have them
owned as (

    select
        charge_days.billing_period,
        charge_days.identity_id,
        charge_days.consumed_unit,
        coalesce(charge_owners.domain_id, 'unallocated') as domain_id,
        sum(charge_days.effective_cost) as effective_cost,
        sum(charge_days.consumed_quantity) as consumed_quantity
    from charge_days
    left join charge_owners
        on
            charge_days.identity_id = charge_owners.identity_id
            and charge_days.charge_date >= charge_owners.segment_from
            and charge_days.charge_date < charge_owners.segment_to
    where charge_owners.pool_id is null
    group by
        charge_days.billing_period,
        charge_days.identity_id,
        charge_days.consumed_unit,
        coalesce(charge_owners.domain_id, 'unallocated')

),

final as (

    select
        owned.billing_period,
        owned.domain_id,
        cast(null as {{ dbt.type_string() }}) as pool_id,
        identities.service_provider_name,
        identities.service_name,
        identities.sku_meter,
        identities.region_id,
        identities.resource_id,
        identities.charge_category,
        identities.charge_class,
        identities.commitment_discount_status,
        owned.consumed_unit,
        identities.billing_currency,
        cast(sum(owned.effective_cost) as decimal(38, 12)) as effective_cost,
        cast(sum(owned.consumed_quantity) as decimal(38, 12)) as consumed_quantity
    from owned
    inner join identities
        on owned.identity_id = identities.identity_id
    group by
        owned.billing_period,
        owned.domain_id,
        identities.service_provider_name,
        identities.service_name,
        identities.sku_meter,
        identities.region_id,
        identities.resource_id,
        identities.charge_category,
        identities.charge_class,
        identities.commitment_discount_status,
        owned.consumed_unit,
        identities.billing_currency

    union all

    select
        billing_period,
        domain_id,
        pool_id,
        cast(null as {{ dbt.type_string() }}) as service_provider_name,
        cast(null as {{ dbt.type_string() }}) as service_name,
        cast(null as {{ dbt.type_string() }}) as sku_meter,
        cast(null as {{ dbt.type_string() }}) as region_id,
        cast(null as {{ dbt.type_string() }}) as resource_id,
        cast(null as {{ dbt.type_string() }}) as charge_category,
        cast(null as {{ dbt.type_string() }}) as charge_class,
        cast(null as {{ dbt.type_string() }}) as commitment_discount_status,
        cast(null as {{ dbt.type_string() }}) as consumed_unit,
        billing_currency,
        cast(sum(effective_cost) as decimal(38, 12)) as effective_cost,
        cast(null as decimal(38, 12)) as consumed_quantity
    from allocated_costs
    group by
        billing_period,
        domain_id,
        pool_id,
        billing_currency

)

select * from final
