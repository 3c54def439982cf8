{#
  rule_match_columns: the columns of a rule that are compared with a charge's identity, and the identity's column each
  is compared with. Blank in the rule matches anything.
  returns: dict of rule column to column of dim_charge_identities
#}
{% macro rule_match_columns() -%}
    {{ return({
        'source_id': 'source_id',
        'service_provider': 'service_provider_name',
        'billing_account_id': 'billing_account_id',
        'sub_account_id': 'sub_account_id',
        'service_name': 'service_name',
        'service_category': 'service_category',
        'region_id': 'region_id',
        'charge_category': 'charge_category',
        'resource_id': 'resource_id',
        'commitment_status': 'commitment_discount_status',
        'capacity_status': 'capacity_reservation_status',
        'kubernetes_role': 'kubernetes_role',
    }) }}
{%- endmacro %}
