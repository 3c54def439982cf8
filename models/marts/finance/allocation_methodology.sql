-- one row per billing period and pool version in force in it
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['pool_id', 'pool_version']
) }}

with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

pools as (

    select * from {{ ref('pools') }}

),

pool_targets as (

    select * from {{ ref('pool_targets') }}

),

pool_fallbacks as (

    select * from {{ ref('pool_fallbacks') }}

),

drivers as (

    select * from {{ ref('drivers') }}

),

methods as (

    select * from {{ ref('allocation_methods') }}

),

pools_in_force as (

    select
        run_scope.billing_period,
        pools.pool_id,
        pools.pool_version,
        coalesce(nullif(trim(pools.pool_name), ''), pools.pool_id) as pool_name,
        pools.method,
        nullif(trim(pools.method_id), '') as method_id,
        nullif(trim(pools.driver_id), '') as driver_id,
        nullif(trim(pools.driver_window), '') as driver_window,
        nullif(trim(pools.scope_by), '') as scope_by,
        pools.floor_share,
        pools.cap_share,
        coalesce(nullif(trim(pools.fallback_domain_id), ''), 'unallocated') as fallback_domain_id,
        pools.rationale,
        pools.owner,
        pools.approved_by,
        pools.review_by,
        pools.review_months,
        pools.valid_from,
        pools.valid_to,
        greatest(pools.valid_from, {{ period_start('run_scope.billing_period') }}) as in_force_from,
        least(pools.valid_to, {{ period_end('run_scope.billing_period') }}) as in_force_to,
        {{ period_end('run_scope.billing_period') }} as period_end
    from run_scope
    inner join pools
        on
            pools.valid_from < {{ period_end('run_scope.billing_period') }}
            and pools.valid_to > {{ period_start('run_scope.billing_period') }}

),

targets_in_force as (

    select distinct
        pools_in_force.billing_period,
        pools_in_force.pool_id,
        pools_in_force.pool_version,
        coalesce(pool_targets.excluded, false) as is_excluded,
        case when coalesce(pool_targets.excluded, false) then 'not ' else '' end
        || coalesce(
            pool_targets.domain_id,
            'pool ' || pool_targets.target_pool_id,
            'every domain' || coalesce(' of ' || pool_targets.business_unit, '')
            || coalesce(' of ' || pool_targets.cost_centre, '') || coalesce(' of ' || pool_targets.product, '')
            || coalesce(' of ' || pool_targets.environment, '')
        )
        || coalesce(' ' || {{ percent_words('pool_targets.share') }}, '')
        || coalesce(' at least ' || {{ percent_words('pool_targets.floor_share') }}, '')
        || coalesce(' at most ' || {{ percent_words('pool_targets.cap_share') }}, '')
        || coalesce(' (in ' || pool_targets.scope || ')', '') as target
    from pools_in_force
    inner join pool_targets
        on
            lower(trim(pools_in_force.pool_id)) = lower(trim(pool_targets.pool_id))
            and pools_in_force.in_force_to > pool_targets.valid_from
            and pools_in_force.in_force_from < pool_targets.valid_to

),

targets as (

    select
        billing_period,
        pool_id,
        pool_version,
        nullif(count(distinct case when not is_excluded then target end), 0) as target_count,
        {{ text_agg('target', ', ', 'target') }} as target_list
    from targets_in_force
    group by
        billing_period,
        pool_id,
        pool_version

),

fallbacks as (

    select
        pools_in_force.billing_period,
        pools_in_force.pool_id,
        pools_in_force.pool_version,
        {{ text_agg(
            "replace(pool_fallbacks.method, '_', ' ') || coalesce(' by ' || pool_fallbacks.driver_id, '')",
            ', then ',
            'pool_fallbacks.attempt'
        ) }} as attempts
    from pools_in_force
    inner join pool_fallbacks
        on
            lower(trim(pools_in_force.pool_id)) = lower(trim(pool_fallbacks.pool_id))
            and pools_in_force.in_force_from >= pool_fallbacks.valid_from
            and pools_in_force.in_force_from < pool_fallbacks.valid_to
    group by
        pools_in_force.billing_period,
        pools_in_force.pool_id,
        pools_in_force.pool_version

),

described as (

    select
        pools_in_force.billing_period,
        pools_in_force.pool_id,
        pools_in_force.pool_version,
        pools_in_force.pool_name,
        pools_in_force.method,
        methods.title as method_title,
        methods.counts_as_accurate,
        pools_in_force.method_id,
        pools_in_force.driver_id,
        drivers.kind as driver_kind,
        drivers.unit as driver_unit,
        drivers.description as driver_description,
        pools_in_force.driver_window,
        pools_in_force.scope_by,
        pools_in_force.fallback_domain_id,
        targets.target_count,
        coalesce(targets.target_list, 'every domain in force') as eligible_targets,
        pools_in_force.rationale,
        pools_in_force.owner,
        pools_in_force.approved_by,
        pools_in_force.review_by,
        pools_in_force.review_months,
        -- judged on the last day of the period, so that the same input always says the same
        coalesce(pools_in_force.review_by < pools_in_force.period_end, false) as is_review_overdue,
        pools_in_force.valid_from,
        pools_in_force.valid_to,
        methods.rationale_template,
        coalesce('"' || coalesce(nullif(trim(drivers.description), ''), pools_in_force.driver_id) || '"', 'no driver')
        || coalesce(' (' || nullif(trim(drivers.unit), '') || ')', '') as driver_words,
        coalesce(fallbacks.attempts || ', then ', '') || pools_in_force.fallback_domain_id as fallback_words,
        coalesce('. No target bears less than ' || {{ percent_words('pools_in_force.floor_share') }}, '')
        || coalesce('. No target bears more than ' || {{ percent_words('pools_in_force.cap_share') }}, '')
            as limit_words,
        case pools_in_force.driver_window
            when 'charge_hour' then 'hour by hour'
            when 'charge_day' then 'day by day'
            when 'previous_month' then 'over the month before'
            when 'billing_month' then 'over the billing month'
            else coalesce(
                'over the '
                || cast({{ trailing_days('pools_in_force.driver_window') }} as {{ dbt.type_string() }})
                || ' days that end with the charge',
                'over the billing month'
            )
        end as window_words,
        case pools_in_force.scope_by
            {%- for attribute, words in scope_attributes().items() %}
                when '{{ attribute }}' then 'separately {{ words }}'
            {%- endfor %}
            else 'as one whole'
        end as scope_words
    from pools_in_force
    left join methods
        on pools_in_force.method = methods.method
    left join drivers
        on
            pools_in_force.driver_id = drivers.driver_id
            and pools_in_force.in_force_from >= drivers.valid_from
            and pools_in_force.in_force_from < drivers.valid_to
    left join targets
        on
            pools_in_force.billing_period = targets.billing_period
            and pools_in_force.pool_id = targets.pool_id
            and pools_in_force.pool_version = targets.pool_version
    left join fallbacks
        on
            pools_in_force.billing_period = fallbacks.billing_period
            and pools_in_force.pool_id = fallbacks.pool_id
            and pools_in_force.pool_version = fallbacks.pool_version

),

worded as (

    select
        described.*,
        replace(
            replace(
                replace(
                    replace(
                        replace(
                            replace(described.rationale_template, '{pool}', described.pool_name),
                            '{targets}', described.eligible_targets
                        ),
                        '{driver}', described.driver_words
                    ),
                    '{window}', described.window_words
                ),
                '{scope}', described.scope_words
            ),
            '{fallback}', described.fallback_words
        ) as method_words
    from described

),

final as (

    select
        billing_period,
        pool_id,
        pool_version,
        pool_name,
        method,
        method_title,
        counts_as_accurate,
        method_id,
        driver_id,
        driver_kind,
        driver_unit,
        driver_description,
        driver_window,
        scope_by,
        fallback_domain_id,
        target_count,
        eligible_targets,
        rationale,
        owner,
        approved_by,
        review_by,
        cast(review_months as integer) as review_months,
        is_review_overdue,
        valid_from,
        valid_to,
        method_words || case when limit_words = '' then '' else substr(limit_words, 2) || '.' end
        || coalesce(' Why: ' || nullif(trim(rationale), '') || case when rationale like '%.' then '' else '.' end, '')
        || coalesce(' Owner: ' || nullif(trim(owner), '') || '.', '')
        || coalesce(' Approved by ' || nullif(trim(approved_by), '') || '.', '')
        || coalesce(' To be reviewed by ' || cast(review_by as {{ dbt.type_string() }}) || '.', '')
        || case
            when review_months = 1 then ' Reviewed every month.'
            when review_months > 1
                then ' Reviewed every ' || cast(review_months as {{ dbt.type_string() }}) || ' months.'
            else ''
        end as methodology
    from worded

)

select * from final
