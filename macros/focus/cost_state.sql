{#
  cost_state: how sure a charge is. Estimated while the month is open, provisional when the provider has closed it,
  invoiced when the charge names its invoice.
  invoice_id: SQL expression; is_final: SQL boolean expression, null when the source does not say
  returns: a text expression
#}
{% macro cost_state(invoice_id, is_final) -%}
    case when {{ invoice_id }} is not null then 'invoiced' when {{ is_final }} then 'provisional' else 'estimated' end
{%- endmacro %}
