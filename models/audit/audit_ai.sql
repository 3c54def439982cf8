-- one row per billing period, charge day, model, billing currency and cost metric: teams and what no gateway saw,
-- against the bill
-- Empty, and not worked out, without AI.
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
{{ config(
    materialized='table_when',
    needed_when="select 1 from ownership.dim_charge_identities where service_category = 'AI and Machine Learning'",
) }}
with charges as (

    select * from {{ ref('focus_cost_and_usage') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

ai_costs as (

    select * from {{ ref('fct_ai_costs') }}

),

both_sides as (

    select
        'billed' as side,
        charges.x_billing_period as billing_period,
        charges.x_charge_date as charge_date,
        charges.ServiceProviderName as service_provider_name,
        identities.ai_model,
        charges.BillingCurrency as billing_currency,
        charges.BilledCost as billed_cost,
        charges.EffectiveCost as effective_cost,
        charges.ListCost as list_cost,
        charges.ContractedCost as contracted_cost
    from charges
    inner join run_scope
        on charges.x_billing_period = run_scope.billing_period
    left join identities
        on charges.x_identity_id = identities.identity_id
    where charges.ServiceCategory = 'AI and Machine Learning'

    union all

    select
        'borne' as side,
        ai_costs.billing_period,
        ai_costs.charge_date,
        ai_costs.service_provider_name,
        ai_costs.ai_model,
        ai_costs.billing_currency,
        ai_costs.billed_cost,
        ai_costs.effective_cost,
        ai_costs.list_cost,
        ai_costs.contracted_cost
    from ai_costs
    inner join run_scope
        on ai_costs.billing_period = run_scope.billing_period
    where ai_costs.billing_currency is not null

),

compared as (

    select
        billing_period,
        charge_date,
        service_provider_name,
        ai_model,
        billing_currency,
        {%- for metric in cost_metrics() %}
        coalesce(sum(case when side = 'billed' then {{ metric }} end), 0) as expected_{{ metric }},
        coalesce(sum(case when side = 'borne' then {{ metric }} end), 0) as actual_{{ metric }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from both_sides
    group by
        billing_period,
        charge_date,
        service_provider_name,
        ai_model,
        billing_currency

),

by_metric as (
    {{ cost_metrics_to_rows(
        'compared', ['billing_period', 'charge_date', 'service_provider_name', 'ai_model', 'billing_currency']
    ) }}
),

final as (

    select
        billing_period,
        'AI of ' || coalesce(service_provider_name, 'nobody')
        || ', ' || coalesce(replace(ai_model, '|', ' '), 'no model')
        || ' on ' || cast(charge_date as {{ dbt.type_string() }}) || ', ' || replace(metric, '_', ' ') || ' in '
        || billing_currency || ' from bill to teams' as subject,
        charge_date,
        service_provider_name,
        ai_model,
        billing_currency,
        metric,
        expected,
        actual,
        difference
    from by_metric

)

select * from final
