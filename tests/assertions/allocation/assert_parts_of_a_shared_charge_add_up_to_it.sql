-- Catches: two errors on different charges that cancel out in every total, and so pass the comparison of sums.
-- Is not: needed for charges with one owner, whose row carries the charge's own figures.
with charges as (

    select * from {{ ref('int_charges') }}

),

splits as (

    select * from {{ ref('fct_charge_splits') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

parts as (

    select
        source_id,
        billing_period,
        charge_id,
        {%- for metric in split_metrics() %}
        sum({{ metric }}) as {{ metric }}{{ ',' if not loop.last }}
        {%- endfor %}
    from splits
    where
        share_id is not null
        and billing_period in (select run_scope.billing_period from run_scope)
    group by
        source_id,
        billing_period,
        charge_id

)

select
    parts.source_id,
    parts.billing_period,
    parts.charge_id
from parts
left join charges
    on
        parts.source_id = charges.source_id
        and parts.billing_period = charges.billing_period
        and parts.charge_id = charges.charge_id
where not (
    charges.charge_id is not null
    {%- for metric in split_metrics() %}
    and coalesce(parts.{{ metric }} = charges.{{ metric }}, parts.{{ metric }} is null and charges.{{ metric }} is null)
    {%- endfor %}
)
