{#
  is_kubernetes_workload: whether a row of a usage feed is about something that runs, rather than about a node, or about
  what the feed itself says is idle, unmounted or unallocated: that is worked out from capacity here.
  namespace: SQL expression
  returns: boolean expression
#}
{% macro is_kubernetes_workload(namespace) -%}
    ({{ namespace }} is not null and substr({{ namespace }}, 1, 2) <> '__')
{%- endmacro %}
