-- one row per billing period, source, domain version, charge category, way of attribution and currency
{{ config(materialized='table', schema='allocation', access='protected', contract={'enforced': false}) }}

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

domains as (

    select * from {{ ref('dim_cost_domains') }}

),

rates as (

    select * from {{ ref('int_reporting_rates') }}

),

thresholds as (

    select * from {{ ref('thresholds') }}

),

methods as (

    select * from {{ ref('allocation_methods') }}

),

-- the switches of the indicator as of the first day of the period; what no switch includes is left out
switches as (

    select
        run_scope.billing_period,
        coalesce(max(case when thresholds.threshold_id = 'aai_includes_tax' then thresholds.value end), 0)
        > 0 as includes_tax,
        coalesce(max(case when thresholds.threshold_id = 'aai_includes_credits' then thresholds.value end), 0)
        > 0 as includes_credits
    from run_scope
    left join thresholds
        on
            thresholds.valid_from <= {{ period_start('run_scope.billing_period') }}
            and thresholds.valid_to > {{ period_start('run_scope.billing_period') }}
            and thresholds.threshold_id in ('aai_includes_tax', 'aai_includes_credits')
    group by run_scope.billing_period

),

summed as (

    select
        allocated_costs.billing_period,
        allocated_costs.source_id,
        allocated_costs.domain_id,
        domains.valid_from as domain_valid_from,
        identities.charge_category,
        allocated_costs.attribution_method,
        allocated_costs.pool_id is not null as is_shared,
        allocated_costs.allocation_method,
        allocated_costs.reason,
        allocated_costs.billing_currency,
        sum(allocated_costs.billed_cost) as billed_cost,
        sum(allocated_costs.effective_cost) as effective_cost,
        sum(allocated_costs.list_cost) as list_cost,
        sum(allocated_costs.contracted_cost) as contracted_cost
    from allocated_costs
    inner join run_scope
        on allocated_costs.billing_period = run_scope.billing_period
    left join identities
        on allocated_costs.identity_id = identities.identity_id
    left join domains
        on
            allocated_costs.domain_id = domains.domain_id
            and allocated_costs.charge_date >= domains.applies_from
            and allocated_costs.charge_date < domains.applies_to
    group by
        allocated_costs.billing_period,
        allocated_costs.source_id,
        allocated_costs.domain_id,
        domains.valid_from,
        identities.charge_category,
        allocated_costs.attribution_method,
        allocated_costs.pool_id is not null,
        allocated_costs.allocation_method,
        allocated_costs.reason,
        allocated_costs.billing_currency

),

judged as (

    select
        summed.billing_period,
        summed.source_id,
        summed.domain_id,
        summed.domain_valid_from,
        summed.charge_category,
        summed.attribution_method,
        summed.is_shared,
        summed.allocation_method,
        summed.reason,
        summed.billing_currency,
        summed.billed_cost,
        summed.effective_cost,
        summed.list_cost,
        summed.contracted_cost,
        rates.to_currency as reporting_currency,
        {{ convert_currency('summed.effective_cost', 'rates.rate') }} as reporting_effective_cost,
        case
            when summed.charge_category = 'Tax' then switches.includes_tax
            when summed.charge_category = 'Credit' then switches.includes_credits
            else true
        end as is_judged_for_accuracy,
        -- the first variant of the indicator that counts the cost as accurate; null = none does
        case
            when summed.domain_id = 'unallocated' then null
            when summed.is_shared and summed.reason is null and methods.counts_as_accurate then 'shared'
            when summed.is_shared then null
            when summed.attribution_method in ('override', 'ring_fence', 'tag', 'cmdb', 'account') then 'direct'
            when summed.attribution_method in ('naming', 'default') then 'rules'
        end as accurate_from_variant
    from summed
    inner join switches
        on summed.billing_period = switches.billing_period
    left join methods
        on summed.allocation_method = methods.method
    left join rates
        on
            summed.billing_period = rates.billing_period
            and summed.billing_currency = rates.from_currency

),

final as (

    select
        judged.billing_period,
        judged.source_id,
        judged.domain_id,
        judged.domain_valid_from,
        domains.business_unit,
        domains.cost_centre,
        domains.product,
        domains.environment,
        domains.owner,
        domains.approver,
        domains.gl_account,
        domains.legal_entity,
        domains.chargeback_mode,
        judged.charge_category,
        judged.attribution_method,
        judged.is_shared,
        judged.allocation_method,
        judged.reason,
        judged.billing_currency,
        judged.billed_cost,
        judged.effective_cost,
        judged.list_cost,
        judged.contracted_cost,
        judged.reporting_currency,
        judged.reporting_effective_cost,
        judged.is_judged_for_accuracy,
        judged.accurate_from_variant
    from judged
    left join domains
        on
            judged.domain_id = domains.domain_id
            and judged.domain_valid_from = domains.valid_from

)

select * from final
