{#
  domain_attributes: the attributes of a cost domain that a tag can name.
  returns: list of columns of cost_domains
#}
{% macro domain_attributes() -%}
    {{ return([
        'domain_id', 'business_unit', 'cost_centre', 'product', 'environment', 'owner', 'approver', 'gl_account',
        'legal_entity',
    ]) }}
{%- endmacro %}
