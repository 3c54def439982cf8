-- one row per billing period, source, account, region, service, resource, domain and billing currency
{{ config(
    partition_by=['billing_period'],
    order_by=[
        'source_id', 'service_provider_name', 'billing_account_id', 'sub_account_id', 'region_id', 'service_category',
        'service_name', 'resource_id', 'domain_id', 'billing_currency'
    ]
) }}

with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

allocated_costs as (

    select * from {{ ref('fct_allocated_costs') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

rates as (

    select * from {{ ref('int_reporting_rates') }}

),

-- days, tag sets and rules are folded first, on integers, before any text is looked at
by_identity as (

    select
        allocated_costs.billing_period,
        allocated_costs.source_id,
        allocated_costs.identity_id,
        allocated_costs.domain_id,
        allocated_costs.billing_currency,
        sum(case when allocated_costs.pool_id is null then allocated_costs.effective_cost else 0 end)
            as direct_effective_cost,
        sum(case when allocated_costs.pool_id is null then 0 else allocated_costs.effective_cost end)
            as shared_effective_cost,
        sum(allocated_costs.effective_cost) as effective_cost,
        sum(allocated_costs.billed_cost) as billed_cost,
        sum(allocated_costs.list_cost) as list_cost,
        sum(allocated_costs.contracted_cost) as contracted_cost
    from allocated_costs
    inner join run_scope
        on allocated_costs.billing_period = run_scope.billing_period
    group by
        allocated_costs.billing_period,
        allocated_costs.source_id,
        allocated_costs.identity_id,
        allocated_costs.domain_id,
        allocated_costs.billing_currency

),

by_resource as (

    select
        by_identity.billing_period,
        by_identity.source_id,
        identities.service_provider_name,
        identities.billing_account_id,
        identities.sub_account_id,
        identities.region_id,
        identities.service_category,
        identities.service_name,
        identities.resource_id,
        by_identity.domain_id,
        by_identity.billing_currency,
        -- names can change within a month; the last in the alphabet is as good as any, and always the same
        max(identities.sub_account_name) as sub_account_name,
        max(identities.resource_name) as resource_name,
        max(identities.resource_type) as resource_type,
        sum(by_identity.direct_effective_cost) as direct_effective_cost,
        sum(by_identity.shared_effective_cost) as shared_effective_cost,
        sum(by_identity.effective_cost) as effective_cost,
        sum(by_identity.billed_cost) as billed_cost,
        sum(by_identity.list_cost) as list_cost,
        sum(by_identity.contracted_cost) as contracted_cost
    from by_identity
    left join identities
        on by_identity.identity_id = identities.identity_id
    group by
        by_identity.billing_period,
        by_identity.source_id,
        identities.service_provider_name,
        identities.billing_account_id,
        identities.sub_account_id,
        identities.region_id,
        identities.service_category,
        identities.service_name,
        identities.resource_id,
        by_identity.domain_id,
        by_identity.billing_currency

),

final as (

    select
        by_resource.billing_period,
        by_resource.source_id,
        by_resource.service_provider_name,
        by_resource.billing_account_id,
        by_resource.sub_account_id,
        by_resource.sub_account_name,
        by_resource.region_id,
        by_resource.service_category,
        by_resource.service_name,
        by_resource.resource_id,
        by_resource.resource_name,
        by_resource.resource_type,
        by_resource.domain_id,
        by_resource.billing_currency,
        cast(by_resource.direct_effective_cost as decimal(38, 12)) as direct_effective_cost,
        cast(by_resource.shared_effective_cost as decimal(38, 12)) as shared_effective_cost,
        by_resource.effective_cost,
        by_resource.billed_cost,
        by_resource.list_cost,
        by_resource.contracted_cost,
        rates.to_currency as reporting_currency,
        {{ convert_currency('by_resource.effective_cost', 'rates.rate') }} as reporting_effective_cost
    from by_resource
    left join rates
        on
            by_resource.billing_period = rates.billing_period
            and by_resource.billing_currency = rates.from_currency

)

select * from final
