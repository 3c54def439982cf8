-- one row per billing period, limit in force and chargeback mode it is set for (null: whatever the mode); one more per
-- period in which
-- overrides expired
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

thresholds as (

    select * from {{ ref('thresholds') }}

),

ownership_rules as (

    select * from {{ ref('ownership_rules') }}

),

costs_by_domain as (

    select * from {{ ref('int_costs_by_domain') }}

),

tag_compliance as (

    select * from {{ ref('kpi_tag_compliance') }}

),

limits as (

    select
        run_scope.billing_period,
        thresholds.threshold_id,
        coalesce(lower(trim(thresholds.chargeback_mode)), '') as chargeback_mode,
        thresholds.value as limit_value,
        thresholds.severity
    from run_scope
    inner join thresholds
        on
            thresholds.valid_from <= {{ period_start('run_scope.billing_period') }}
            and thresholds.valid_to > {{ period_start('run_scope.billing_period') }}
    where thresholds.threshold_id in ('unallocated_share_max', 'aai_floor', 'tag_compliance_min')

),

modes_in_use as (

    select distinct
        billing_period,
        chargeback_mode
    from costs_by_domain

    union

    -- what informs nobody in particular still informs: the limits without a mode always apply
    select
        billing_period,
        '' as chargeback_mode
    from run_scope

),

-- the numerator and the denominator of each measure, in the reporting currency
parts as (

    -- what nobody owns belongs to no mode: the limit of each mode in use looks at the whole period
    select
        modes_in_use.billing_period,
        'unallocated_share_max' as threshold_id,
        modes_in_use.chargeback_mode,
        case
            when costs_by_domain.domain_id = 'unallocated' then costs_by_domain.reporting_effective_cost
            else 0
        end as part_cost,
        costs_by_domain.reporting_effective_cost as whole_cost
    from modes_in_use
    inner join costs_by_domain
        on modes_in_use.billing_period = costs_by_domain.billing_period

    union all

    -- accuracy is judged on what the domains of a mode bear; without a mode, on everything, unallocated cost included
    select
        modes_in_use.billing_period,
        'aai_floor' as threshold_id,
        modes_in_use.chargeback_mode,
        case
            when costs_by_domain.accurate_from_variant is not null then costs_by_domain.reporting_effective_cost
            else 0
        end as part_cost,
        costs_by_domain.reporting_effective_cost as whole_cost
    from modes_in_use
    inner join costs_by_domain
        on modes_in_use.billing_period = costs_by_domain.billing_period
    where
        costs_by_domain.is_judged_for_accuracy
        and (
            modes_in_use.chargeback_mode = ''
            or (
                modes_in_use.chargeback_mode = costs_by_domain.chargeback_mode
                and costs_by_domain.domain_id <> 'unallocated'
            )
        )

    union all

    select
        modes_in_use.billing_period,
        'tag_compliance_min' as threshold_id,
        modes_in_use.chargeback_mode,
        tag_compliance.compliant_cost as part_cost,
        tag_compliance.total_cost as whole_cost
    from modes_in_use
    inner join tag_compliance
        on modes_in_use.billing_period = tag_compliance.billing_period
    where tag_compliance.is_required

),

shares as (

    select
        billing_period,
        threshold_id,
        chargeback_mode,
        -- null when a rate is missing, or when there is nothing to take a share of
        case
            when count(*) = count(whole_cost) and sum(whole_cost) > 0
                then cast(cast(sum(part_cost) as double) / cast(sum(whole_cost) as double) as decimal(38, 12))
        end as share_of_cost
    from parts
    group by
        billing_period,
        threshold_id,
        chargeback_mode

),

-- an override is made for a time: when it ends, what it covered follows the other rules again, and its owner is to know
ended_overrides as (

    select
        run_scope.billing_period,
        ownership_rules.rule_id,
        ownership_rules.owner,
        ownership_rules.valid_to,
        row_number() over (
            partition by run_scope.billing_period
            order by ownership_rules.valid_to, ownership_rules.rule_id
        ) as place
    from run_scope
    inner join ownership_rules
        on
            ownership_rules.kind = 'override'
            and ownership_rules.valid_to > {{ period_start('run_scope.billing_period') }}
            and ownership_rules.valid_to <= {{ period_end('run_scope.billing_period') }}
    left join ownership_rules as successors
        on
            lower(trim(ownership_rules.rule_id)) = lower(trim(successors.rule_id))
            and ownership_rules.valid_to = successors.valid_from
    where successors.rule_id is null

),

-- a message is read by people: it names ten, and says how many more there are
expired_overrides as (

    select
        billing_period,
        count(*) as override_count,
        {{ text_agg(
            "case when place <= 10 then rule_id || ' of ' || owner || ' on ' || cast(valid_to as "
            ~ dbt.type_string() ~ ") end",
            ', ',
            'place'
        ) }}
        || case
            when count(*) > 10 then ' and ' || cast(count(*) - 10 as {{ dbt.type_string() }}) || ' more'
            else ''
        end as override_names
    from ended_overrides
    group by billing_period

),

final as (

    select
        limits.billing_period,
        case limits.threshold_id
            when 'unallocated_share_max' then 'share of effective cost that nobody owns, at most'
            when 'aai_floor' then 'allocation accuracy, at least'
            else 'share of cost with the required tags, at least'
        end
        || case when limits.chargeback_mode = '' then '' else ' (' || limits.chargeback_mode || ')' end
        || ', ' || limits.billing_period as subject,
        limits.threshold_id,
        nullif(limits.chargeback_mode, '') as chargeback_mode,
        limits.severity,
        cast(limits.limit_value as decimal(38, 12)) as expected,
        shares.share_of_cost as actual,
        cast(shares.share_of_cost - limits.limit_value as decimal(38, 12)) as difference,
        case
            when limits.threshold_id = 'unallocated_share_max' then shares.share_of_cost <= limits.limit_value
            else shares.share_of_cost >= limits.limit_value
        end as holds
    from limits
    inner join shares
        on
            limits.billing_period = shares.billing_period
            and limits.threshold_id = shares.threshold_id
            and limits.chargeback_mode = shares.chargeback_mode

    union all

    select
        billing_period,
        'dated overrides that expired, ' || billing_period || ' (' || override_names || ')' as subject,
        'expired_overrides' as threshold_id,
        cast(null as {{ dbt.type_string() }}) as chargeback_mode,
        'warning' as severity,
        cast(0 as decimal(38, 12)) as expected,
        cast(override_count as decimal(38, 12)) as actual,
        cast(override_count as decimal(38, 12)) as difference,
        false as holds
    from expired_overrides

)

select * from final
