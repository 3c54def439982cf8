{#
  no_charge_with: none of the given conditions holds for any charge of the run's periods. One scan for all of them.
  conditions: dict of name → SQL boolean expression that a charge must not meet (null counts as not met)
  returns: one row per condition that is met, with the number of charges
#}
{% test no_charge_with(model, conditions) %}
{%- set names = conditions.keys() | list -%}
with charges as (
    select * from {{ model }}
    where x_billing_period in (select run_scope.billing_period from {{ ref('stg_landing__run_scope') }} as run_scope)
),

counted as (
    select
        {%- for name in names %}
        sum(case when {{ conditions[name] }} then 1 else 0 end) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from charges
)

{% for name in names -%}
select
    '{{ name }}' as broken_rule,
    {{ name }} as charge_count
from counted
where {{ name }} > 0
{{ 'union all' if not loop.last }}
{% endfor %}
{% endtest %}
