{#
  kubernetes_workload_id: key of what runs on a cluster, as the rows of usage feeds tell it.
  all arguments: SQL expressions; what a feed does not have is left out
  returns: a bigint expression
#}
{% macro kubernetes_workload_id(
    cluster, namespace, workload_kind='null', workload_name='null', labels='null', namespace_labels='null'
) -%}
    {{ integer_key([
        'lower(trim(' ~ cluster ~ '))', namespace, workload_kind, workload_name, labels, namespace_labels,
    ]) }}
{%- endmacro %}
