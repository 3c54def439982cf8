-- Catches a line item that is lost, doubled or put in a role whose cost is another: per source and period, BilledCost
-- is the unblended cost of the report, and EffectiveCost what AWS calls amortised cost (what is billed, where AWS gives
-- none), to the last digit. It does not catch two mistakes that cancel out, nor a wrong category; the unit tests do.
with run_scope as (
    select * from {{ ref('stg_landing__run_scope') }}
),

net_bills as (
    select * from {{ ref('int_aws_cur__net_bills') }}
),

line_items as (
    select * from {{ ref('stg_aws__cur') }}
    where x_billing_period in (select run_scope.billing_period from run_scope)
),


charges as (
    select * from {{ ref('focus_cost_and_usage') }}
    where x_billing_period in (select run_scope.billing_period from run_scope)
),

-- net bills have formulas of their own, which the unit tests hold
reported as (
    select
        line_items.x_source_id,
        line_items.x_billing_period,
        sum(line_items.unblended_cost) as cash_cost,
        sum(
            case
                when line_items.line_item_type = 'SavingsPlanCoveredUsage' then line_items.savings_plan_effective_cost
                when line_items.line_item_type = 'DiscountedUsage'
                    then coalesce(line_items.reservation_effective_cost, line_items.unblended_cost)
                when line_items.line_item_type = 'SavingsPlanRecurringFee'
                    then line_items.savings_plan_total_commitment - line_items.savings_plan_used_commitment
                when
                    line_items.line_item_type = 'RIFee'
                    and not (
                        line_items.reservation_unused_upfront is null
                        and line_items.reservation_unused_recurring is null
                    )
                    then
                        coalesce(line_items.reservation_unused_upfront, 0)
                        + coalesce(line_items.reservation_unused_recurring, 0)
                when line_items.line_item_type in ('SavingsPlanNegation', 'SavingsPlanUpfrontFee') then 0
                when line_items.line_item_type = 'Fee' and line_items.reservation_arn is not null then 0
                else line_items.unblended_cost
            end
        ) as amortised_cost
    from line_items
    left join net_bills
        on line_items.x_source_id = net_bills.x_source_id and line_items.x_billing_period = net_bills.x_billing_period
    where net_bills.x_source_id is null
    group by line_items.x_source_id, line_items.x_billing_period
),

mapped as (
    select
        x_source_id,
        x_billing_period,
        sum(BilledCost) as billed_cost,
        sum(EffectiveCost) as effective_cost
    from charges
    group by x_source_id, x_billing_period
)

select
    reported.x_source_id,
    reported.x_billing_period,
    reported.cash_cost,
    mapped.billed_cost,
    reported.amortised_cost,
    mapped.effective_cost
from reported
left join mapped
    on reported.x_source_id = mapped.x_source_id and reported.x_billing_period = mapped.x_billing_period
where
    mapped.x_source_id is null
    or reported.cash_cost <> mapped.billed_cost
    or reported.amortised_cost <> mapped.effective_cost
