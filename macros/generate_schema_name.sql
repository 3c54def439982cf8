{#
  generate_schema_name: a layer's schema is its plain name (`finance`, `audit`), not prefixed by the target's.
  custom_schema_name: what dbt_project.yml or a seed says; node: the graph node
  returns: the schema to build in
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
