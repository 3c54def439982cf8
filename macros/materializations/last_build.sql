{#
  last_build: which billing periods, under which policy, all tables of the warehouse were last made for, in one go.
  Tables of ownership and allocation hold the periods of a build and no others, so that who reads them for a period, as
  the preview of a policy does, has to know. `landing.last_build` tells: one row per billing period, with the revision
  of the policy; none while the tables may be of several builds, because one has failed, or made a part of them only.
#}

{# forget_last_build: on-run-start: what is about to be made again is of no one build #}
{% macro forget_last_build() %}
    {%- if flags.WHICH in ('build', 'run') -%}
        drop table if exists landing.last_build
    {%- endif -%}
{% endmacro %}

{#
  remember_last_build: on-run-end: note the build, if it made every model that is not a view, rows and all (not --empty).
  results: what dbt did, node by node
#}
{% macro remember_last_build(results) %}
    {%- if execute and flags.WHICH in ('build', 'run') and not flags.EMPTY -%}
        {%- set made = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list -%}
        {%- set missing = [] -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized != 'view' -%}
            {%- if node.unique_id not in made -%}
                {%- do missing.append(node.unique_id) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if not missing -%}
            create table landing.last_build as
            select
                run_scope.billing_period,
                run_context.policy_revision
            from landing.run_scope
            cross join landing.run_context
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
