{#
  kubernetes_node_id: key of a node as a feed tells it: one that is replaced within an hour is two.
  cluster, node, provider_id: SQL expressions, as feeds write them; the source's id is read from `source_id`
  returns: a bigint expression
#}
{% macro kubernetes_node_id(cluster, node, provider_id) -%}
    {{ integer_key(['source_id', 'lower(trim(' ~ cluster ~ '))', node, provider_id]) }}
{%- endmacro %}
