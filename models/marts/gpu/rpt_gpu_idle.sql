-- one row per billing period, resource, idle window, owner and billing currency
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['resource_key', 'window_start', 'window_end', 'rule_id', 'domain_id', 'pool_id', 'billing_currency']
) }}
with gpu_hours as (

    select * from {{ ref('int_gpu_hours') }}
    where is_idle

),

idle_costs as (

    select * from {{ ref('int_gpu_idle_costs') }}

),

-- GPUs that begin and end to idle together share a window
slices as (

    select
        billing_period,
        resource_key,
        window_start,
        window_end,
        rule_id,
        gpu,
        slice,
        max(gpus) as gpus,
        sum(measured_hours) as measured_hours,
        sum(cast(gpus as double) * cast(measured_hours as double)) as gpu_hours,
        max(window_hours) as window_hours,
        min(billed_resource) as billed_resource,
        min(resource) as resource,
        min(cluster) as cluster,
        min(node) as node,
        min(gpu_model) as gpu_model,
        min(mig_profile) as mig_profile,
        min(alert_above) as alert_above,
        min(hour_start) as first_hour
    from gpu_hours
    group by
        billing_period,
        resource_key,
        window_start,
        window_end,
        rule_id,
        gpu,
        slice

),

windows as (

    select
        billing_period,
        resource_key,
        window_start,
        window_end,
        rule_id,
        min(resource) as resource,
        min(billed_resource) as billed_resource,
        min(cluster) as cluster,
        min(node) as node,
        min(gpu_model) as gpu_model,
        sum(gpus) as gpus,
        {{ text_agg(
            "case when mig_profile is null then gpu else concat(gpu, ' ', slice) end", ', ', 'gpu, slice'
        ) }} as gpu_names,
        max(measured_hours) as hours,
        max(window_hours) as window_hours,
        cast(sum(gpu_hours) as decimal(38, 12)) as gpu_hours,
        min(alert_above) as alert_above,
        min(first_hour) as first_hour
    from slices
    group by
        billing_period,
        resource_key,
        window_start,
        window_end,
        rule_id

),

window_costs as (

    select
        gpu_hours.billing_period,
        gpu_hours.resource_key,
        gpu_hours.window_start,
        gpu_hours.window_end,
        gpu_hours.rule_id,
        idle_costs.domain_id,
        idle_costs.pool_id,
        idle_costs.billing_currency,
        sum(idle_costs.effective_cost) as effective_cost,
        sum(idle_costs.billed_cost) as billed_cost
    from gpu_hours
    inner join idle_costs
        on
            gpu_hours.billing_period = idle_costs.billing_period
            and gpu_hours.resource_key = idle_costs.resource_key
            and gpu_hours.gpu = idle_costs.gpu
            and gpu_hours.slice = idle_costs.slice
            and gpu_hours.hour_start = idle_costs.hour_start
    group by
        gpu_hours.billing_period,
        gpu_hours.resource_key,
        gpu_hours.window_start,
        gpu_hours.window_end,
        gpu_hours.rule_id,
        idle_costs.domain_id,
        idle_costs.pool_id,
        idle_costs.billing_currency

),

joined as (

    select
        windows.*,
        window_costs.domain_id,
        window_costs.pool_id,
        window_costs.billing_currency,
        window_costs.effective_cost,
        window_costs.billed_cost,
        sum(window_costs.effective_cost) over (
            partition by
                windows.billing_period, windows.resource_key, windows.window_start, windows.window_end,
                windows.rule_id, window_costs.billing_currency
        ) as window_effective_cost
    from windows
    left join window_costs
        on
            windows.billing_period = window_costs.billing_period
            and windows.resource_key = window_costs.resource_key
            and windows.window_start = window_costs.window_start
            and windows.window_end = window_costs.window_end
            and windows.rule_id = window_costs.rule_id

),

final as (

    select
        billing_period,
        resource_key,
        resource,
        cluster,
        node,
        gpu_model,
        cast(gpus as decimal(38, 12)) as gpus,
        gpu_names,
        window_start,
        window_end,
        cast(hours as decimal(38, 12)) as hours,
        cast(window_hours as decimal(38, 12)) as window_hours,
        gpu_hours,
        window_start < first_hour as is_continued,
        rule_id,
        billed_resource is not null as is_billed,
        domain_id,
        pool_id,
        billing_currency,
        cast(effective_cost as decimal(38, 12)) as effective_cost,
        cast(billed_cost as decimal(38, 12)) as billed_cost,
        alert_above,
        coalesce(window_effective_cost > alert_above, false) as is_above_alert
    from joined

)

select * from final
