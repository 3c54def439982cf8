{#
  table, on DuckDB: replaced in one statement.

  dbt-duckdb builds a table beside, renames both and drops the old one, which another engine needs so that readers are
  never without the table. DuckDB's `create or replace table` is atomic in itself, and of the four statements it is the
  three others that cost: small tables are most of a build's fixed cost.
  config:
    order_by  optional list of columns that order the rows totally: what a chunk of a partition (materialization
              `partitioned`) is joined with must lie in the same order every time, for the chunk to have the same bytes
  Contracts are enforced as in the adapter's own materialization. Indexes, grants and foreign keys are not supported.
#}
{% materialization table, adapter='duckdb' %}

    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if existing_relation is not none and not existing_relation.is_table -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
        {%- set sql = get_select_subquery(sql) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        create or replace table {{ target_relation }} as (
            {{ sql }}
        ){% if config.get('order_by') %} order by {{ config.get('order_by') | join(', ') }}{% endif %}

    {%- endcall -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target_relation, model) -%}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}
