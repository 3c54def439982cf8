-- Catches a row of Azure's exports that is lost, doubled or read as the wrong cost: per source and period, BilledCost
-- is the actual cost and EffectiveCost the amortised cost, to the last digit.
-- Is not: a test of categories or prices; the unit tests are.
with run_scope as (
    select * from {{ ref('stg_landing__run_scope') }}
),

cost_rows as (
    select * from {{ ref('stg_azure__cost_details') }}
    where x_billing_period in (select run_scope.billing_period from run_scope)
),

charges as (
    select * from {{ ref('focus_cost_and_usage') }}
    where x_billing_period in (select run_scope.billing_period from run_scope)
),

exported as (
    select
        x_source_id,
        x_billing_period,
        sum(case when data_set <> 'AmortizedCost' then cost else 0 end) as actual_cost,
        sum(case when data_set <> 'ActualCost' then cost else 0 end) as amortised_cost
    from cost_rows
    group by x_source_id, x_billing_period
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
    exported.x_source_id,
    exported.x_billing_period,
    exported.actual_cost,
    mapped.billed_cost,
    exported.amortised_cost,
    mapped.effective_cost
from exported
left join mapped
    on exported.x_source_id = mapped.x_source_id and exported.x_billing_period = mapped.x_billing_period
where
    mapped.x_source_id is null
    or exported.actual_cost <> mapped.billed_cost
    or exported.amortised_cost <> mapped.effective_cost
