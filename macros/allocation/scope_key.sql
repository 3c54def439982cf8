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
  scope_attributes: what a pool can be partitioned by. This is the place where one is added: a column of
                    dim_charge_identities, which also needs its name among the values of Pool.scope_by
                    (orchestration/policy/tables.py).
  returns: by column name, how people say it

  environment and cluster are canonical tag keys of the dictionary; what has no tag cluster is in the Kubernetes cluster
  that usage feeds say it belongs to. ai_model is the provider and model that the meter names.
#}
{% macro scope_attributes() -%}
    {{ return({
        'region_id': 'in each region',
        'sub_account_id': 'in each sub account',
        'source_id': 'in each source',
        'commitment_discount_id': 'for each commitment',
        'resource_id': 'for each resource',
        'environment': 'in each environment',
        'cluster': 'in each cluster',
        'ai_model': 'for each model',
    }) }}
{%- endmacro %}

{#
  scope_columns: those of scope_attributes() that are columns of identities.
  returns: list of column names
#}
{% macro scope_columns() -%}
    {{ return(scope_attributes() | reject('in', ['environment', 'cluster']) | list) }}
{%- endmacro %}
