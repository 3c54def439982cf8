{#
  json_members: the members of a JSON object, or the elements of a JSON array, one row each; for a FROM clause, after a comma.
  json: SQL expression of a valid JSON text of a table to the left; alias: name of the rows
  returns: a FROM item with the columns member_key (text; the index in an array), member_value (text; the JSON text of a
           nested value) and member_type ('NULL' for JSON null, 'VARCHAR' for a JSON string, else other names)
#}
{% macro json_members(json, alias) -%}
    {{ return(adapter.dispatch('json_members', 'tieout')(json, alias)) }}
{%- endmacro %}

{% macro default__json_members(json, alias) -%}
    lateral (
        select
            member_key,
            member_value,
            case when member_value is null then 'NULL' else 'VARCHAR' end as member_type
        from explode(from_json({{ json }}, 'map<string,string>')) as members (member_key, member_value)
    ) as {{ alias }}
{%- endmacro %}

{% macro duckdb__json_members(json, alias) -%}
    lateral (
        select
            members.key as member_key,
            members.value ->> '$' as member_value,
            members.type as member_type
        from json_each({{ json }}) as members
    ) as {{ alias }}
{%- endmacro %}
