{#
  cost_metrics: the four amounts that travel from the bill to the owner, in the spelling of our own tables.
  returns: list of column names
#}
{% macro cost_metrics() -%}
    {{ return(['billed_cost', 'effective_cost', 'list_cost', 'contracted_cost']) }}
{%- endmacro %}

{#
  cost_metrics_to_rows: a wide relation of expected and actual amounts as one row per cost metric.
  relation: relation or CTE with the columns expected_<metric> and actual_<metric> for each metric
  keys: columns to keep
  returns: keys, metric, expected, actual, difference (actual less expected), all decimal(38,12)
#}
{% macro cost_metrics_to_rows(relation, keys) -%}
    {% for metric in cost_metrics() %}
    select
        {{ keys | join(',\n        ') }},
        '{{ metric }}' as metric,
        cast(expected_{{ metric }} as decimal(38, 12)) as expected,
        cast(actual_{{ metric }} as decimal(38, 12)) as actual,
        cast(actual_{{ metric }} - expected_{{ metric }} as decimal(38, 12)) as difference
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}
