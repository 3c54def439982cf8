{#
  kubernetes_telemetry: a query that returns a row when some usage feed of Kubernetes is landed: without one, models of
  Kubernetes are empty and nothing is worked out (table_when).
#}
{% macro kubernetes_telemetry() -%}
    select 1 from allocation.int_kubernetes_usage
    union all
    select 1 from allocation.int_kubernetes_volumes
    union all
    select 1 from allocation.int_kubernetes_network
    union all
    select 1 from allocation.int_kubernetes_load_balancers
{%- endmacro %}
