{#
  is_local_time: whether a time is written without a zone, so that it is meant where the provider bills.
  text: SQL expression of text
  returns: a boolean expression, null for null
#}
{% macro is_local_time(text) -%}
    (not {{ regexp_matches(text, "'(Z|UTC|[0-9][+-][0-9][0-9]:?[0-9][0-9])$'") }})
{%- endmacro %}

{#
  utc_of_local: a time of a provider that writes local times, in UTC.
  text: SQL expression of text, in the forms of utc_timestamp; hours_east: how far local midnight is before that of UTC
  returns: a timestamp expression; a time with a zone is what it says
#}
{% macro utc_of_local(text, hours_east) -%}
    case
        when {{ is_local_time(text) }} then {{ utc_timestamp(text) }} - interval '{{ hours_east }}' hour
        else {{ utc_timestamp(text) }}
    end
{%- endmacro %}
