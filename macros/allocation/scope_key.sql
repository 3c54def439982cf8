{#
  scope_key: the part of a pool that is divided on its own.
  scope_by: SQL expression: null, or one of scope_attributes(); row: relation with these columns
  returns: text, in lower case as identifiers are compared; '' for a pool that is divided as a whole, and for a row
           without the attribute
#}
{% macro scope_key(scope_by, row) -%}
    coalesce(
        case {{ scope_by }}
            {%- for attribute in scope_attributes() %}
            when '{{ attribute }}' then lower(trim({{ row }}.{{ attribute }}))
            {%- endfor %}
        end,
        ''
    )
{%- endmacro %}

{#
  scope_attributes: what a pool can be partitioned by; environment and cluster are canonical tag keys of the dictionary,
                    and what has no tag cluster is in the Kubernetes cluster that usage feeds say it belongs to.
  returns: list of column names
#}
{% macro scope_attributes() -%}
    {{ return([
        'region_id', 'sub_account_id', 'source_id', 'commitment_discount_id', 'environment', 'cluster', 'resource_id',
    ]) }}
{%- endmacro %}
