-- one row per source, billing period and combination of enumerated values and units, with how many of its charges break
-- each rule of FOCUS 1.4: the one scan of the charges for all rules
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
-- depends_on: {{ ref('int_charge_partitions') }}
{% set rules = focus_rules() %}
{% set shape = focus_enumerations() | map(attribute='column') | list + focus_units() %}
{{
    config(
        materialized='partitioned',
        partition_by=['x_source_id', 'x_billing_period'],
        is_small=true,
        partitions_from='focus.int_charge_partitions',
        order_by=(focus_enumerations() | map(attribute='column') | list) + focus_units(),
    )
}}
with charges as (

    select * from {{ ref('focus_cost_and_usage') }}

),

final as (

    select
        x_source_id,
        x_billing_period,
        {% for column in shape -%}
        {{ column }},
        {% endfor -%}
        {% for rule in rules -%}
        sum(case when {{ rule.broken }} then 1 else 0 end) as rule_{{ loop.index }},
        {% endfor -%}
        count(*) as charge_count
    from charges
    group by
        x_source_id,
        x_billing_period,
        {% for column in shape -%}
        {{ column }}{{ ',' if not loop.last }}
        {% endfor %}
)

select * from final
