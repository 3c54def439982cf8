{#
  utc_timestamp: a text as a timestamp in UTC.
  text: SQL expression; ISO 8601 with or without `T`, seconds, fraction and zone (`Z`, ` UTC`, `+02:00`, `+0200`); a text
        without a zone is taken as UTC
  returns: a timestamp expression; a text that is no timestamp is an error
#}
{% macro utc_timestamp(text) -%}
    {{ return(adapter.dispatch('utc_timestamp', 'tieout')(text)) }}
{%- endmacro %}

{% macro default__utc_timestamp(text) -%}
    cast({{ text }} as timestamp)
{%- endmacro %}

{# DuckDB needs seconds before a zone, and a plain cast ignores the zone; both are rare, so only such texts take the slow road. #}
{% macro duckdb__utc_timestamp(text) -%}
    case
        when substr({{ text }}, 17, 1) in ('Z', '+', '-', ' ')
            then cast(cast(substr({{ text }}, 1, 16) || ':00' || substr({{ text }}, 17) as timestamptz) as timestamp)
        when substr({{ text }}, 20, 1) in ('', 'Z', '.') and substr({{ text }}, -1) between '0' and 'Z' and length({{ text }}) <= 24
            then cast({{ text }} as timestamp)
        else cast(cast({{ text }} as timestamptz) as timestamp)
    end
{%- endmacro %}
