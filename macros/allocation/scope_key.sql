{#
  scope_key: the part of a pool that is divided on its own.
  scope_by: SQL expression: null, region_id, sub_account_id or source_id; row: relation with these columns
  returns: text, in lower case as identifiers are compared; '' for a pool that is divided as a whole, and for a row
           without the attribute
#}
{% macro scope_key(scope_by, row) -%}
    coalesce(
        case {{ scope_by }}
            {%- for attribute in ['region_id', 'sub_account_id', 'source_id'] %}
            when '{{ attribute }}' then lower(trim({{ row }}.{{ attribute }}))
            {%- endfor %}
        end,
        ''
    )
{%- endmacro %}
