-- one row per calendar month of use that is told of clusters: a fingerprint of all that its nodes are divided by, and
-- whether a day of it counts for the periods in scope
-- That is what was told of its days, in whichever month's delivery or bill, and the policy in force on some of them.
with periods as (

    select * from {{ ref('int_kubernetes_periods') }}

),

measured_days as (

    select * from {{ ref('int_measured_days') }}

),

clusters as (

    select * from {{ ref('kubernetes_clusters') }}

),

thresholds as (

    select * from {{ ref('thresholds') }}

),

told_days as (

    select distinct
        billing_period as told_in,
        usage_date
    from {{ ref('int_kubernetes_workload_intervals') }}

),

told_months as (

    select
        told_days.told_in,
        substr(cast(told_days.usage_date as {{ dbt.type_string() }}), 1, 7) as billing_period,
        count(measured_days.measured_date) as measured_days
    from told_days
    left join measured_days
        on told_days.usage_date = measured_days.measured_date
    group by
        told_days.told_in,
        substr(cast(told_days.usage_date as {{ dbt.type_string() }}), 1, 7)

),

months as (

    select
        told_months.billing_period,
        {{ text_agg("concat(periods.billing_period, ' ', periods.fingerprint)", ' ', 'periods.billing_period') }}
            as fingerprint,
        sum(periods.row_count) as row_count,
        sum(told_months.measured_days) > 0 as is_measured
    from told_months
    inner join periods
        on told_months.told_in = periods.billing_period
    group by told_months.billing_period

),

rules as (

    select
        {{ integer_key([
            "'kubernetes_clusters'", 'cluster', 'charge_base', 'cpu_weight', 'memory_weight', 'gpu_weight',
            'valid_from', 'valid_to',
        ]) }} as rule_key,
        valid_from,
        valid_to
    from clusters
    union all
    select
        {{ integer_key(["'thresholds'", 'threshold_id', 'value', 'valid_from', 'valid_to']) }} as rule_key,
        valid_from,
        valid_to
    from thresholds
    where threshold_id = 'kubernetes_overrun_max'

),

rule_totals as (

    select
        months.billing_period,
        sum(cast(rules.rule_key as decimal(38, 0))) as rule_total
    from months
    inner join rules
        on
            rules.valid_from < {{ period_end('months.billing_period') }}
            and rules.valid_to > {{ period_start('months.billing_period') }}
    group by months.billing_period

),

final as (

    select
        months.billing_period,
        concat(
            months.fingerprint, ' ', coalesce(cast(rule_totals.rule_total as {{ dbt.type_string() }}), '')
        ) as fingerprint,
        months.row_count,
        months.is_measured
    from months
    left join rule_totals
        on months.billing_period = rule_totals.billing_period

)

select * from final
