{#
  text_agg: the texts of a group, joined in a fixed order.
  text: SQL expression; separator: plain text; order_by: SQL expression that orders the texts of a group totally
  returns: an aggregate text expression
#}
{% macro text_agg(text, separator, order_by) -%}
    {{ return(adapter.dispatch('text_agg', 'tieout')(text, separator, order_by)) }}
{%- endmacro %}

{% macro default__text_agg(text, separator, order_by) -%}
    array_join(transform(array_sort(collect_list(struct({{ order_by }}, {{ text }} as item))), x -> x.item), '{{ separator }}')
{%- endmacro %}

{% macro duckdb__text_agg(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}
