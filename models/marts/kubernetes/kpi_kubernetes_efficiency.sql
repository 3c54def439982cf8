-- one row per billing period, cluster, namespace (null: the whole cluster) and billing currency
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['cluster', 'namespace', 'billing_currency'],
) }}
{% set resources = ['cpu', 'memory', 'gpu'] -%}
with compute_costs as (

    select * from {{ ref('int_kubernetes_compute_costs') }}

),

by_namespace as (

    select
        billing_period,
        cluster,
        namespace,
        billing_currency,
        case when namespace <> '__idle__' then effective_cost else 0 end as workload_cost,
        case when namespace = '__idle__' then effective_cost else 0 end as idle_cost,
        case
            when namespace <> '__idle__' then
                coalesce(cpu_measured_cost, 0) + coalesce(memory_measured_cost, 0) + coalesce(gpu_measured_cost, 0)
        end as measured_cost,
        case
            when namespace <> '__idle__'
                then coalesce(cpu_used_cost, 0) + coalesce(memory_used_cost, 0) + coalesce(gpu_used_cost, 0)
        end as used_cost,
        {% for resource in resources %}
            {{ resource }}_request,
            {{ resource }}_usage{{ ',' if not loop.last }}
        {% endfor %}
    from compute_costs

),

levels as (

    select * from by_namespace
    where namespace <> '__idle__'
    union all
    select
        billing_period,
        cluster,
        cast(null as {{ dbt.type_string() }}) as namespace,
        billing_currency,
        workload_cost,
        idle_cost,
        measured_cost,
        used_cost,
        {% for resource in resources %}
            {{ resource }}_request,
            {{ resource }}_usage{{ ',' if not loop.last }}
        {% endfor %}
    from by_namespace

),

totals as (

    select
        billing_period,
        cluster,
        namespace,
        billing_currency,
        sum(workload_cost) as workload_cost,
        sum(idle_cost) as idle_cost,
        sum(measured_cost) as measured_cost,
        sum(used_cost) as used_cost,
        {% for resource in resources %}
            sum({{ resource }}_request) as {{ resource }}_request,
            sum({{ resource }}_usage) as {{ resource }}_usage{{ ',' if not loop.last }}
        {% endfor %}
    from levels
    group by
        billing_period,
        cluster,
        namespace,
        billing_currency

),

final as (

    select
        billing_period,
        cluster,
        namespace,
        billing_currency,
        cast(workload_cost as decimal(38, 12)) as workload_cost,
        cast(idle_cost as decimal(38, 12)) as idle_cost,
        cast(measured_cost as decimal(38, 12)) as measured_cost,
        cast(used_cost as decimal(38, 12)) as used_cost,
        case when measured_cost > 0 then cast(used_cost as double) / cast(measured_cost as double) end
            as used_share_of_requested_cost,
        case
            when namespace is null and workload_cost + idle_cost > 0
                then cast(idle_cost as double) / cast(workload_cost + idle_cost as double)
        end as idle_share_of_node_cost,
        {% for resource in resources %}
            cast({{ resource }}_request as decimal(38, 12)) as {{ resource }}_request,
            cast({{ resource }}_usage as decimal(38, 12)) as {{ resource }}_usage{{ ',' if not loop.last }}
        {% endfor %}
    from totals

)

select * from final
