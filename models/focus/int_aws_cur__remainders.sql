-- one row per group of lines that should cancel out and does not, carried by the last line of the group
{{ config(materialized='table', order_by=['x_source_id', 'x_billing_period', 'line_role', 'x_charge_id']) }}

with run_scope as (
    select * from {{ ref('stg_landing__run_scope') }}
),

line_items as (
    select * from {{ ref('stg_aws__cur') }}
    where x_billing_period in (select billing_period from run_scope)
),

net_bills as (
    select * from {{ ref('int_aws_cur__net_bills') }}
),

-- a savings plan cancels the on-demand cost of the usage it covers by negation lines of the same plan and account
negations as (
    select
        x_source_id,
        x_billing_period,
        'negation_remainder' as line_role,
        max(case when line_item_type = 'SavingsPlanNegation' then x_charge_id end) as negation_charge_id,
        max(x_charge_id) as last_charge_id,
        sum(unblended_cost) as amount
    from line_items
    where line_item_type in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')
    group by
        x_source_id, x_billing_period, payer_account_id, invoice_id, invoicing_entity, currency_code, usage_account_id,
        savings_plan_arn
),

-- net costs are the unblended ones with the discount lines spread over them: over an invoice both sum to the same,
-- but for their rounding
net_differences as (
    select
        line_items.x_source_id,
        line_items.x_billing_period,
        'net_remainder' as line_role,
        cast(null as bigint) as negation_charge_id,
        max(line_items.x_charge_id) as last_charge_id,
        sum(line_items.unblended_cost - line_items.net_unblended_cost) as amount
    from line_items
    inner join net_bills
        on line_items.x_source_id = net_bills.x_source_id and line_items.x_billing_period = net_bills.x_billing_period
    where
        line_items.net_unblended_cost is not null
        and line_items.line_item_type not in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')
    group by
        line_items.x_source_id, line_items.x_billing_period, line_items.payer_account_id, line_items.invoice_id,
        line_items.invoicing_entity, line_items.currency_code
),

remainders as (
    select * from negations
    union all
    select * from net_differences
),

final as (
    select
        x_source_id,
        x_billing_period,
        line_role,
        coalesce(negation_charge_id, last_charge_id) as x_charge_id,
        cast(amount as decimal(38, 12)) as amount
    from remainders
    where amount <> 0
)

select * from final
