-- Catches: a ledger built from other splits than those now published (a partition rebuilt alone), a grouping column that
-- differs within a charge's day, identity and owner, a sum that left a type's range.
-- Is not: a check of the splits themselves (assert_no_charge_is_lost_between_focus_and_ledger).
{% set keys = ['billing_period', 'source_id', 'charge_date', 'domain_id', 'billing_currency'] -%}
with splits as (

    select * from {{ ref('fct_charge_splits') }}

),

ledger as (

    select * from {{ ref('fct_allocated_costs') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

both_sides as (

    select
        {{ keys | join(', ') }},
        {%- for metric in split_metrics() %}
        sum({{ metric }}) as {{ metric }},
        cast(null as decimal(38, 12)) as ledger_{{ metric }},
        {%- endfor %}
        count(*) as split_count,
        cast(null as bigint) as ledger_count
    from splits
    where billing_period in (select run_scope.billing_period from run_scope)
    group by {{ keys | join(', ') }}
    union all
    select
        {{ keys | join(', ') }},
        {%- for metric in split_metrics() %}
        cast(null as decimal(38, 12)) as {{ metric }},
        sum({{ metric }}) as ledger_{{ metric }},
        {%- endfor %}
        cast(null as bigint) as split_count,
        sum(charge_count) as ledger_count
    from ledger
    where billing_period in (select run_scope.billing_period from run_scope)
    group by {{ keys | join(', ') }}

),

compared as (

    select
        {{ keys | join(', ') }},
        {%- for metric in split_metrics() %}
        max({{ metric }}) as {{ metric }},
        max(ledger_{{ metric }}) as ledger_{{ metric }},
        {%- endfor %}
        max(split_count) as split_count,
        max(ledger_count) as ledger_count
    from both_sides
    group by {{ keys | join(', ') }}

)

select * from compared
where not (
    coalesce(split_count = ledger_count, false)
    {%- for metric in split_metrics() %}
    and coalesce({{ metric }} = ledger_{{ metric }}, {{ metric }} is null and ledger_{{ metric }} is null)
    {%- endfor %}
)
