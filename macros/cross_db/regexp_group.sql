{#
  regexp_group: what a capture group of a pattern matched in a text.
  text: SQL expression; pattern: SQL expression; group: number of the group, 0 for the whole match
  returns: a text expression; null when nothing matched or the group matched nothing
#}
{% macro regexp_group(text, pattern, group=1) -%}
    {{ return(adapter.dispatch('regexp_group', 'tieout')(text, pattern, group)) }}
{%- endmacro %}

{% macro default__regexp_group(text, pattern, group) -%}
    nullif(regexp_extract({{ text }}, {{ pattern }}, {{ group }}), '')
{%- endmacro %}
