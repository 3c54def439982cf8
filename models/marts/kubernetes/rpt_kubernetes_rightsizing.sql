-- one row per billing period, cluster, namespace, workload, domain and billing currency that requests more of a node
-- than it uses at the utilisation aimed at
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['cluster', 'namespace', 'workload_kind', 'workload_name', 'domain_id', 'billing_currency'],
) }}
{% set resources = ['cpu', 'memory', 'gpu'] -%}
with compute_costs as (

    select * from {{ ref('int_kubernetes_compute_costs') }}

),

thresholds as (

    select * from {{ ref('thresholds') }}

),

aims as (

    select
        compute_costs.*,
        coalesce(thresholds.value, 1) as utilisation_aim
    from compute_costs
    left join thresholds
        on
            thresholds.threshold_id = 'kubernetes_utilisation_aim'
            and {{ in_force(period_start('compute_costs.billing_period'), 'thresholds') }}
    where compute_costs.namespace <> '__idle__'

),

-- a resource whose use is not known is no candidate
suggested as (

    select
        aims.*,
        {% for resource in resources %}
            cast(
                cast(aims.{{ resource }}_usage as double) / cast(aims.utilisation_aim as double) as decimal(38, 12)
            ) as {{ resource }}_suggested_request,
            case
                when
                    aims.{{ resource }}_request > 0
                    and aims.{{ resource }}_usage < aims.{{ resource }}_request * aims.utilisation_aim
                    then {{ split_amount(
                        'aims.' ~ resource ~ '_cost', double_from_decimal('aims.' ~ resource ~ '_cost'), '0',
                        '(1 - cast(aims.' ~ resource ~ '_usage as double) / (cast(aims.' ~ resource
                        ~ '_request as double) * cast(aims.utilisation_aim as double)))'
                    ) }}
                else 0
            end as {{ resource }}_saving{{ ',' if not loop.last }}
        {% endfor %}
    from aims

),

final as (

    select
        billing_period,
        cluster,
        namespace,
        workload_kind,
        workload_name,
        domain_id,
        billing_currency,
        cast(effective_cost as decimal(38, 12)) as effective_cost,
        hours,
        {% for resource in resources %}
            {{ resource }}_request,
            {{ resource }}_usage,
            case when {{ resource }}_saving > 0 then {{ resource }}_suggested_request end
                as {{ resource }}_suggested_request,
        {% endfor %}
        cast(cpu_saving + memory_saving + gpu_saving as decimal(38, 12)) as possible_saving
    from suggested
    where cpu_saving + memory_saving + gpu_saving > 0

)

select * from final
