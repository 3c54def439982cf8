-- Catches: a charge without an assignment that a join dropped, one that two assignments doubled, a pool whose shares do
-- not reach 1, a split partition left over from an older delivery. Every charge has exactly one part that ends at 1, so
-- that charges are counted and identified without a join over them.
-- Is not: a check of who owns what, nor of a single charge's parts (assert_parts_of_a_charge_add_up_to_it).
with charges as (

    select * from {{ ref('int_charges') }}

),

splits as (

    select * from {{ ref('fct_charge_splits') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

expected as (

    select
        source_id,
        billing_period,
        billing_currency,
        count(*) as charge_count,
        sum(cast(charge_id as decimal(38, 0))) as charge_key,
        sum(billed_cost) as billed_cost,
        count(billed_cost) as billed_cost_count,
        sum(effective_cost) as effective_cost,
        count(effective_cost) as effective_cost_count,
        sum(list_cost) as list_cost,
        count(list_cost) as list_cost_count,
        sum(contracted_cost) as contracted_cost,
        count(contracted_cost) as contracted_cost_count
    from charges
    group by
        source_id,
        billing_period,
        billing_currency

),

actual as (

    select
        source_id,
        billing_period,
        billing_currency,
        count(case when share_to = 1 then charge_id end) as charge_count,
        sum(case when share_to = 1 then cast(charge_id as decimal(38, 0)) end) as charge_key,
        sum(billed_cost) as billed_cost,
        count(case when share_to = 1 then billed_cost end) as billed_cost_count,
        sum(effective_cost) as effective_cost,
        count(case when share_to = 1 then effective_cost end) as effective_cost_count,
        sum(list_cost) as list_cost,
        count(case when share_to = 1 then list_cost end) as list_cost_count,
        sum(contracted_cost) as contracted_cost,
        count(case when share_to = 1 then contracted_cost end) as contracted_cost_count
    from splits
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        source_id,
        billing_period,
        billing_currency

)

select
    coalesce(expected.source_id, actual.source_id) as source_id,
    coalesce(expected.billing_period, actual.billing_period) as billing_period,
    coalesce(expected.billing_currency, actual.billing_currency) as billing_currency,
    expected.charge_count as expected_charge_count,
    actual.charge_count as actual_charge_count,
    expected.billed_cost as expected_billed_cost,
    actual.billed_cost as actual_billed_cost,
    expected.effective_cost as expected_effective_cost,
    actual.effective_cost as actual_effective_cost,
    expected.list_cost as expected_list_cost,
    actual.list_cost as actual_list_cost,
    expected.contracted_cost as expected_contracted_cost,
    actual.contracted_cost as actual_contracted_cost
from expected
full outer join actual
    on
        expected.source_id = actual.source_id
        and expected.billing_period = actual.billing_period
        and expected.billing_currency = actual.billing_currency
where
    expected.charge_count is distinct from actual.charge_count
    or expected.charge_key is distinct from actual.charge_key
    or expected.billed_cost is distinct from actual.billed_cost
    or expected.billed_cost_count is distinct from actual.billed_cost_count
    or expected.effective_cost is distinct from actual.effective_cost
    or expected.effective_cost_count is distinct from actual.effective_cost_count
    or expected.list_cost is distinct from actual.list_cost
    or expected.list_cost_count is distinct from actual.list_cost_count
    or expected.contracted_cost is distinct from actual.contracted_cost
    or expected.contracted_cost_count is distinct from actual.contracted_cost_count
