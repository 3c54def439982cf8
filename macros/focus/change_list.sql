{#
  change_list: the trace of repairs of a row, x_source_changes.
  conditions: dict of repair code → SQL boolean expression (null counts as false); keep the order of the dict
  more: SQL expression of further quoted codes, comma-separated, or null
  returns: a text expression: a JSON array of codes; null when nothing was repaired
#}
{% macro change_list(conditions, more='null') -%}
    nullif(
        concat(
            '[',
            concat_ws(
                ',',
                {%- for code, condition in conditions.items() %}
                case when {{ condition }} then '"{{ code }}"' end,
                {%- endfor %}
                {{ more }}
            ),
            ']'
        ),
        '[]'
    )
{%- endmacro %}
