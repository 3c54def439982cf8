{#
  commitment_details: what providers say of a commitment's terms beside the FOCUS columns, in x_provider_columns of its purchases
  and unused parts.
  returns: a dict of detail → names by which providers call it, the first found counts:
    term_start, term_end: times; term_length: 12 (months), 1yr, P3Y, P1M; payment_option: No, Partial or All Upfront, in the provider's words
#}
{% macro commitment_details() -%}
    {{ return({
        'term_start': ['savings_plan_start_time', 'reservation_start_time'],
        'term_end': ['savings_plan_end_time', 'reservation_end_time'],
        'term_length': ['savings_plan_purchase_term', 'pricing_lease_contract_length', 'x_SkuTerm', 'Term', 'term'],
        'payment_option': ['savings_plan_payment_option', 'pricing_purchase_option'],
    }) }}
{%- endmacro %}
