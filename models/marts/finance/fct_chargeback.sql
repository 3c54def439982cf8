-- one row per billing period, domain version and billing currency
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['domain_id', 'domain_valid_from', 'billing_currency']
) }}

with

costs_by_domain as (

    select * from {{ ref('int_costs_by_domain') }}

),

currencies as (

    select * from {{ ref('currencies') }}

),

lines as (

    select
        costs_by_domain.billing_period,
        costs_by_domain.domain_id,
        costs_by_domain.domain_valid_from,
        costs_by_domain.business_unit,
        costs_by_domain.cost_centre,
        costs_by_domain.product,
        costs_by_domain.environment,
        costs_by_domain.owner,
        costs_by_domain.approver,
        costs_by_domain.gl_account,
        costs_by_domain.legal_entity,
        costs_by_domain.chargeback_mode,
        costs_by_domain.billing_currency,
        currencies.subunit_decimals,
        costs_by_domain.reporting_currency,
        sum(case when costs_by_domain.is_shared then 0 else costs_by_domain.effective_cost end)
            as direct_effective_cost,
        sum(case when costs_by_domain.is_shared then costs_by_domain.effective_cost else 0 end)
            as shared_effective_cost,
        sum(costs_by_domain.effective_cost) as effective_cost,
        sum(costs_by_domain.billed_cost) as billed_cost,
        sum(costs_by_domain.list_cost) as list_cost,
        sum(costs_by_domain.contracted_cost) as contracted_cost,
        -- all rows of a line have the same currency: the rate is there for all of them or for none
        sum(costs_by_domain.reporting_effective_cost) as reporting_effective_cost
    from costs_by_domain
    left join currencies
        on costs_by_domain.billing_currency = currencies.currency
    group by
        costs_by_domain.billing_period,
        costs_by_domain.domain_id,
        costs_by_domain.domain_valid_from,
        costs_by_domain.business_unit,
        costs_by_domain.cost_centre,
        costs_by_domain.product,
        costs_by_domain.environment,
        costs_by_domain.owner,
        costs_by_domain.approver,
        costs_by_domain.gl_account,
        costs_by_domain.legal_entity,
        costs_by_domain.chargeback_mode,
        costs_by_domain.billing_currency,
        currencies.subunit_decimals,
        costs_by_domain.reporting_currency

),

statement as (
    {{ largest_remainder(
        'lines',
        'effective_cost',
        'subunit_decimals',
        foots_within=['billing_period', 'billing_currency'],
        line_key=['domain_id', 'domain_valid_from']
    ) }}
),

final as (

    select
        lines.billing_period,
        lines.domain_id,
        lines.domain_valid_from,
        lines.business_unit,
        lines.cost_centre,
        lines.product,
        lines.environment,
        lines.owner,
        lines.approver,
        lines.gl_account,
        lines.legal_entity,
        lines.chargeback_mode,
        lines.billing_currency,
        cast(lines.direct_effective_cost as decimal(38, 12)) as direct_effective_cost,
        cast(lines.shared_effective_cost as decimal(38, 12)) as shared_effective_cost,
        lines.effective_cost,
        lines.billed_cost,
        lines.list_cost,
        lines.contracted_cost,
        statement.statement_amount,
        lines.reporting_currency,
        lines.reporting_effective_cost
    from lines
    inner join statement
        on
            lines.billing_period = statement.billing_period
            and lines.domain_id = statement.domain_id
            and lines.domain_valid_from = statement.domain_valid_from
            and lines.billing_currency = statement.billing_currency

)

select * from final
