{#
  table_when: a table that is worked out only when something needs it, and is empty, with its declared columns, when
  nothing does. For work that most estates do not have, whose SQL alone costs an engine more to read than all the rest
  of a small table.
  config:
    needed_when  query; the table is worked out when it returns a row
  Every column needs a data_type in the model's YAML.
#}
{% materialization table_when, default %}

    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks) }}
    {%- if existing_relation is not none -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
    {%- set is_needed = run_query(config.require('needed_when') ~ ' limit 1').rows | length > 0 -%}
    {%- call statement('main') -%}
        {%- if is_needed -%}
            {{ create_table_as(False, target_relation, sql) }}
        {%- else -%}
            create table {{ target_relation }} (
                {%- for column in model['columns'].values() %}
                {{ column['name'] }} {{ column['data_type'] }}{{ ',' if not loop.last }}
                {%- endfor %}
            )
        {%- endif -%}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}
