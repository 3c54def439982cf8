-- one row per billing period, owner, service or pool, and currency: from the cost of the month before to this month's
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['domain_id', 'service_provider_name', 'service_name', 'pool_id', 'billing_currency']
) }}
{%- set amounts = [
    'cost_before', 'usage_effect', 'rate_effect', 'new_usage', 'ended_usage', 'unmeasured_usage', 'transferred_in',
    'transferred_out', 'unused_commitments', 'purchases', 'credits', 'tax', 'corrections', 'adjustments',
    'pool_cost_effect', 'pool_share_effect'
] %}

with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

compared_publications as (

    select * from {{ ref('stg_landing__compared_publications') }}

),

costs_before as (

    select * from {{ ref('stg_landing__owner_costs_before') }}

),

owner_costs as (

    select * from {{ ref('fct_owner_costs') }}
    where billing_period in (select run_scope.billing_period from run_scope)

),

domains as (

    select * from {{ ref('dim_cost_domains') }}

),

-- both months one below the other, so that what only one of them has needs no care
costs as (

    select
        billing_period,
        false as is_before,
        domain_id,
        pool_id,
        service_provider_name,
        service_name,
        sku_meter,
        region_id,
        resource_id,
        charge_category,
        charge_class,
        commitment_discount_status,
        consumed_unit,
        billing_currency,
        effective_cost,
        consumed_quantity
    from owner_costs

    union all

    select
        billing_period,
        true as is_before,
        domain_id,
        pool_id,
        service_provider_name,
        service_name,
        sku_meter,
        region_id,
        resource_id,
        charge_category,
        charge_class,
        commitment_discount_status,
        consumed_unit,
        billing_currency,
        effective_cost,
        consumed_quantity
    from costs_before

),

resource_owners as (

    select
        billing_period,
        coalesce(service_provider_name, '') as provider,
        resource_id,
        domain_id,
        max(case when is_before then 1 else 0 end) as owned_it_before,
        max(case when is_before then 0 else 1 end) as owns_it_now
    from costs
    where resource_id is not null
    group by
        billing_period,
        coalesce(service_provider_name, ''),
        resource_id,
        domain_id

),

resources as (

    select
        billing_period,
        provider,
        resource_id,
        max(owned_it_before) as was_there,
        max(owns_it_now) as is_there
    from resource_owners
    group by
        billing_period,
        provider,
        resource_id

),

-- a resource that was another's in the month before, or is now: no consumption and no price explains its cost here
handed_over as (

    select
        resource_owners.billing_period,
        resource_owners.provider,
        resource_owners.resource_id,
        resource_owners.domain_id
    from resource_owners
    inner join resources
        on
            resource_owners.billing_period = resources.billing_period
            and resource_owners.provider = resources.provider
            and resource_owners.resource_id = resources.resource_id
    where
        (resource_owners.owned_it_before = 0 and resources.was_there = 1)
        or (resource_owners.owns_it_now = 0 and resources.is_there = 1)

),

classified as (

    select
        costs.billing_period,
        costs.is_before,
        costs.domain_id,
        costs.pool_id,
        costs.service_provider_name,
        costs.service_name,
        costs.sku_meter,
        costs.region_id,
        costs.consumed_unit,
        costs.billing_currency,
        costs.effective_cost,
        costs.consumed_quantity,
        case
            when costs.pool_id is not null then 'shared'
            when handed_over.resource_id is not null then 'transfer'
            when costs.charge_class is not null then 'correction'
            when costs.charge_category = 'Usage' and costs.commitment_discount_status = 'Unused' then 'unused'
            when costs.charge_category = 'Usage' then 'usage'
            when costs.charge_category = 'Purchase' then 'purchase'
            when costs.charge_category = 'Credit' then 'credit'
            when costs.charge_category = 'Tax' then 'tax'
            else 'adjustment'
        end as kind
    from costs
    left join handed_over
        on
            costs.billing_period = handed_over.billing_period
            and coalesce(costs.service_provider_name, '') = handed_over.provider
            and costs.resource_id = handed_over.resource_id
            and costs.domain_id = handed_over.domain_id

),

-- what is priced alike: a meter of a service in a region, in one unit of consumption
lines as (

    select
        billing_period,
        domain_id,
        pool_id,
        service_provider_name,
        service_name,
        sku_meter,
        region_id,
        consumed_unit,
        billing_currency,
        kind,
        max(case when is_before then 1 else 0 end) as was_there,
        max(case when is_before then 0 else 1 end) as is_there,
        sum(case when is_before then effective_cost else 0 end) as cost_before,
        sum(case when is_before then 0 else effective_cost end) as cost,
        sum(case when is_before then consumed_quantity end) as quantity_before,
        sum(case when not is_before then consumed_quantity end) as quantity
    from classified
    group by
        billing_period,
        domain_id,
        pool_id,
        service_provider_name,
        service_name,
        sku_meter,
        region_id,
        consumed_unit,
        billing_currency,
        kind

),

pools as (

    select
        billing_period,
        pool_id,
        billing_currency,
        sum(cost_before) as pool_cost_before,
        sum(cost) as pool_cost
    from lines
    where kind = 'shared'
    group by
        billing_period,
        pool_id,
        billing_currency

),

-- how many times as much was consumed, or had the pool to divide; null where that has no meaning
growth as (

    select
        lines.*,
        case
            when lines.kind = 'usage' and lines.quantity_before > 0 and lines.quantity > 0
                then
                    {{ double_from_decimal('lines.quantity') }} / {{ double_from_decimal('lines.quantity_before') }}
            when lines.kind = 'shared' and pools.pool_cost_before > 0 and pools.pool_cost > 0
                then
                    {{ double_from_decimal('pools.pool_cost') }} / {{ double_from_decimal('pools.pool_cost_before') }}
        end as ratio
    from lines
    left join pools
        on
            lines.billing_period = pools.billing_period
            and lines.pool_id = pools.pool_id
            and lines.billing_currency = pools.billing_currency

),

-- what it would cost at the price, or with the share, of the month before; beyond the engine's digits it says nothing
expected as (

    select
        growth.*,
        case
            when abs({{ double_from_decimal('growth.cost_before') }} * growth.ratio) < 1e24
                then cast({{ double_from_decimal('growth.cost_before') }} * growth.ratio as decimal(38, 12))
        end as expected_cost
    from growth

),

effects as (

    select
        billing_period,
        domain_id,
        pool_id,
        service_provider_name,
        service_name,
        billing_currency,
        cost_before,
        cost,
        case
            when kind <> 'usage' then kind
            when was_there = 0 then 'new'
            when is_there = 0 then 'ended'
            when expected_cost is null then 'unmeasured'
            else 'usage'
        end as kind,
        -- a pool that is new, gone, or no cost at all moves its owners' cost by itself
        case when kind in ('usage', 'shared') then coalesce(expected_cost, cost) end as expected_cost
    from expected

),

summed as (

    select
        billing_period,
        domain_id,
        pool_id,
        service_provider_name,
        service_name,
        billing_currency,
        sum(cost_before) as cost_before,
        sum(cost) as cost,
        sum(case when kind = 'usage' then expected_cost - cost_before else 0 end) as usage_effect,
        sum(case when kind = 'usage' then cost - expected_cost else 0 end) as rate_effect,
        sum(case when kind = 'new' then cost else 0 end) as new_usage,
        sum(case when kind = 'ended' then -cost_before else 0 end) as ended_usage,
        sum(case when kind = 'unmeasured' then cost - cost_before else 0 end) as unmeasured_usage,
        sum(case when kind = 'transfer' then cost else 0 end) as transferred_in,
        sum(case when kind = 'transfer' then -cost_before else 0 end) as transferred_out,
        sum(case when kind = 'unused' then cost - cost_before else 0 end) as unused_commitments,
        sum(case when kind = 'purchase' then cost - cost_before else 0 end) as purchases,
        sum(case when kind = 'credit' then cost - cost_before else 0 end) as credits,
        sum(case when kind = 'tax' then cost - cost_before else 0 end) as tax,
        sum(case when kind = 'correction' then cost - cost_before else 0 end) as corrections,
        sum(case when kind = 'adjustment' then cost - cost_before else 0 end) as adjustments,
        sum(case when kind = 'shared' then expected_cost - cost_before else 0 end) as pool_cost_effect,
        sum(case when kind = 'shared' then cost - expected_cost else 0 end) as pool_share_effect
    from effects
    group by
        billing_period,
        domain_id,
        pool_id,
        service_provider_name,
        service_name,
        billing_currency

),

-- without a month before there is nothing to explain: null, not zero
final as (

    select
        summed.billing_period,
        summed.domain_id,
        domains.business_unit,
        domains.cost_centre,
        domains.product,
        domains.environment,
        summed.service_provider_name,
        summed.service_name,
        summed.pool_id,
        summed.billing_currency,
        compared_publications.period_before,
        compared_publications.publication_before,
        {%- for amount in amounts %}
            case
                when compared_publications.period_before is not null
                    then cast(summed.{{ amount }} as decimal(38, 12))
            end as {{ 'effective_cost_before' if loop.first else amount }},
        {%- endfor %}
        cast(summed.cost as decimal(38, 12)) as effective_cost
    from summed
    left join compared_publications
        on summed.billing_period = compared_publications.billing_period
    left join domains
        on
            summed.domain_id = domains.domain_id
            and domains.applies_from < {{ period_end('summed.billing_period') }}
            and domains.applies_to >= {{ period_end('summed.billing_period') }}

)

select * from final
