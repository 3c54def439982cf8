{#
  kinds_without_tags: kinds of sources whose bill has no tags at all, so that nothing on it can miss one. Whom their charges
  are for is told by workspaces, API keys, seats, registers and accounts.
  returns: a list of kinds; those of which TAGGING_SUPPORTED does not hold in tests/conformance/applicability.csv
#}
{% macro kinds_without_tags() -%}
    {{ return([
        'anthropic_costs', 'invoice_lines', 'on_premises', 'openai_costs', 'saas_contracts', 'snowflake_usage',
    ]) }}
{%- endmacro %}
