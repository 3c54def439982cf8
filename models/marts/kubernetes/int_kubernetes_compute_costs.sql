-- one row per billing period, cluster, namespace, workload, domain and billing currency: the cost of nodes by resource,
-- with what was requested and used of it
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
{{ config(
    materialized='table_when',
    needed_when='select 1 from allocation.int_kubernetes_node_usage',
    schema='allocation',
    access='protected',
    contract={'enforced': false},
) }}
{% set resources = ['cpu', 'memory', 'gpu'] -%}
with costs as (

    select * from {{ ref('fct_kubernetes_costs') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

node_usage as (

    select * from {{ ref('int_kubernetes_node_usage') }}

),

consumers as (

    select * from {{ ref('int_kubernetes_consumers') }}

),

resources as (

    select * from {{ ref('int_kubernetes_resources') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

billed_resources as (

    {{ kubernetes_billed_resources('identities', 'resources') }}

),

billed_nodes as (

    select distinct
        known_as,
        scope_key
    from billed_resources
    where role = 'node'

),

daily_usage as (

    select
        billed_nodes.scope_key,
        node_usage.usage_date,
        consumers.consumer_id,
        sum(node_usage.hours) as hours,
        {% for resource in resources %}
            sum(node_usage.{{ resource }}_request) as {{ resource }}_request,
            sum(node_usage.{{ resource }}_usage) as {{ resource }}_usage,
            sum(node_usage.{{ resource }}_quantity) as {{ resource }}_quantity,
        {% endfor %}
        sum(node_usage.cpu_quantity + node_usage.memory_quantity + node_usage.gpu_quantity) as quantity
    from node_usage
    inner join billed_nodes
        on node_usage.known_as = billed_nodes.known_as
    inner join consumers
        on
            node_usage.workload_id = consumers.workload_id
            and node_usage.usage_date >= consumers.segment_from
            and node_usage.usage_date < consumers.segment_to
    group by
        billed_nodes.scope_key,
        node_usage.usage_date,
        consumers.consumer_id

),

-- the resources hold the running share of what the workload is charged for, so that their parts are its cost
bounded_usage as (

    select
        daily_usage.*,
        cast(0 as double) as cpu_from,
        cast(daily_usage.cpu_quantity as double) / cast(nullif(daily_usage.quantity, 0) as double) as cpu_to,
        cast(daily_usage.cpu_quantity as double) / cast(nullif(daily_usage.quantity, 0) as double) as memory_from,
        cast(daily_usage.cpu_quantity + daily_usage.memory_quantity as double)
        / cast(nullif(daily_usage.quantity, 0) as double) as memory_to,
        cast(daily_usage.cpu_quantity + daily_usage.memory_quantity as double)
        / cast(nullif(daily_usage.quantity, 0) as double) as gpu_from,
        cast(1 as double) as gpu_to
    from daily_usage

),

daily_costs as (

    select
        costs.billing_period,
        lower(trim(costs.resource_id)) as scope_key,
        costs.charge_date,
        costs.consumer_id,
        costs.cluster,
        costs.namespace,
        costs.workload_kind,
        costs.workload_name,
        costs.domain_id,
        costs.billing_currency,
        sum(costs.effective_cost) as effective_cost
    from costs
    inner join run_scope
        on costs.billing_period = run_scope.billing_period
    where
        costs.kubernetes_role = 'node'
        and costs.consumer_id is not null
    group by
        costs.billing_period,
        lower(trim(costs.resource_id)),
        costs.charge_date,
        costs.consumer_id,
        costs.cluster,
        costs.namespace,
        costs.workload_kind,
        costs.workload_name,
        costs.domain_id,
        costs.billing_currency

),

-- a workload's cost on a node is that of its resources, in the measure in which it is charged for them
by_resource as (

    select
        daily_costs.*,
        bounded_usage.hours,
        {% for resource in resources %}
            bounded_usage.{{ resource }}_request,
            bounded_usage.{{ resource }}_usage,
            case
                when bounded_usage.{{ resource }}_from = bounded_usage.{{ resource }}_to then 0
                when bounded_usage.quantity > 0
                    then {{ split_amount(
                        'daily_costs.effective_cost', double_from_decimal('daily_costs.effective_cost'),
                        'bounded_usage.' ~ resource ~ '_from', 'bounded_usage.' ~ resource ~ '_to'
                    ) }}
            end as {{ resource }}_cost,
            -- what is used without a request is used in full
            case
                when bounded_usage.{{ resource }}_request > 0
                    then
                        cast(bounded_usage.{{ resource }}_usage as double)
                        / cast(bounded_usage.{{ resource }}_request as double)
                when bounded_usage.{{ resource }}_usage > 0 then 1
                when bounded_usage.{{ resource }}_usage = 0 then 0
            end as {{ resource }}_used_share{{ ',' if not loop.last }}
        {% endfor %}
    from daily_costs
    left join bounded_usage
        on
            daily_costs.scope_key = bounded_usage.scope_key
            and daily_costs.charge_date = bounded_usage.usage_date
            and daily_costs.consumer_id = bounded_usage.consumer_id

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
        sum(effective_cost) as effective_cost,
        cast(sum(hours) as decimal(38, 12)) as hours,
        {% for resource in resources %}
            cast(sum({{ resource }}_request) as decimal(38, 12)) as {{ resource }}_request,
            cast(sum({{ resource }}_usage) as decimal(38, 12)) as {{ resource }}_usage,
            sum({{ resource }}_cost) as {{ resource }}_cost,
            sum(case when {{ resource }}_used_share is not null then {{ resource }}_cost end)
                as {{ resource }}_measured_cost,
            sum({{ split_amount(
                resource ~ '_cost', double_from_decimal(resource ~ '_cost'), '0', resource ~ '_used_share'
            ) }}) as {{ resource }}_used_cost{{ ',' if not loop.last }}
        {% endfor %}
    from by_resource
    group by
        billing_period,
        cluster,
        namespace,
        workload_kind,
        workload_name,
        domain_id,
        billing_currency

)

select * from final
