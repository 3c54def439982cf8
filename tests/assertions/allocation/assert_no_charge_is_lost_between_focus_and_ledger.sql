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
        {%- for metric in split_metrics() %}
        sum({{ metric }}) as {{ metric }},
        count({{ metric }}) as {{ metric }}_count{{ ',' if not loop.last }}
        {%- endfor %}
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
        {%- for metric in split_metrics() %}
        sum({{ metric }}) as {{ metric }},
        count(case when share_to = 1 then {{ metric }} end) as {{ metric }}_count{{ ',' if not loop.last }}
        {%- endfor %}
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
    {%- for metric in split_metrics() %}
    expected.{{ metric }} as expected_{{ metric }},
    actual.{{ metric }} as actual_{{ metric }}{{ ',' if not loop.last }}
    {%- endfor %}
from expected
full outer join actual
    on
        expected.source_id = actual.source_id
        and expected.billing_period = actual.billing_period
        and expected.billing_currency = actual.billing_currency
where not (
    coalesce(expected.charge_count = actual.charge_count, false)
    and coalesce(expected.charge_key = actual.charge_key, false)
    {%- for metric in split_metrics() %}
    and coalesce(expected.{{ metric }} = actual.{{ metric }}, expected.{{ metric }} is null and actual.{{ metric }} is null)
    and coalesce(expected.{{ metric }}_count = actual.{{ metric }}_count, false)
    {%- endfor %}
)
