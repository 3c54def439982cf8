-- one row per pool version, scope and window that is divided, and thing that must hold of it
with

shares as (

    select * from {{ ref('allocation_shares') }}

),

memberships as (

    select * from {{ ref('pool_membership') }}

),

candidates as (

    select * from {{ ref('allocation_candidates') }}

),

driver_quantities as (

    select * from {{ ref('driver_quantities') }}

),

drivers as (

    select * from {{ ref('drivers') }}

),

pool_targets as (

    select * from {{ ref('pool_targets') }}

),

cost_domains as (

    select * from {{ ref('cost_domains') }}

),

known_targets as (

    {{ known_targets() }}

),

allocated_costs as (

    select * from {{ ref('fct_allocated_costs') }}

),

partitions as (

    select * from {{ ref('int_charge_partitions') }}

),

charge_days as (

    select * from {{ ref('int_charge_days') }}

),

groups as (

    select
        membership_id,
        division_id,
        billing_period,
        pool_id,
        pool_version,
        scope_key,
        window_start,
        window_hour,
        driver_id,
        driver_window,
        measured_period,
        measured_from,
        'pool ' || pool_id || ' version ' || cast(pool_version as {{ dbt.type_string() }})
        || case when coalesce(scope_key, '') = '' then '' else ' in ' || scope_key end
        || ' from ' || cast(window_start as {{ dbt.type_string() }})
        || case when window_hour < 0 then '' else ' ' || cast(window_hour as {{ dbt.type_string() }}) || ':00' end
            as group_name
    from memberships
    where
        has_charges
        and attempt = 0

),

neighbours as (

    select
        membership_id,
        share_from,
        share_to,
        lag(share_to) over (partition by membership_id order by share_from, share_to) as previous_share_to
    from shares

),

bounds as (

    select
        membership_id,
        count(*) as target_count,
        min(share_from) as first_share,
        max(share_to) as last_share,
        sum(case when previous_share_to is not null and previous_share_to <> share_from then 1 else 0 end)
            as gap_count,
        sum(case when share_to < share_from then 1 else 0 end) as reversed_count
    from neighbours
    group by membership_id

),

-- a set of shares is whole when it begins at 0, ends at 1 and has neither gap nor overlap: anything else is a break
breaks as (

    select
        groups.membership_id,
        'whole' as check_id,
        ', breaks in the shares that run from '
        || coalesce(cast(bounds.first_share as {{ dbt.type_string() }}), 'nothing') || ' to '
        || coalesce(cast(bounds.last_share as {{ dbt.type_string() }}), 'nothing') as subject,
        bounds.target_count,
        bounds.first_share,
        bounds.last_share,
        cast(0 as decimal(38, 12)) as expected,
        cast(
            case when bounds.first_share = 0 then 0 else 1 end
            + case when bounds.last_share = 1 then 0 else 1 end
            + coalesce(bounds.gap_count, 0)
            + coalesce(bounds.reversed_count, 0) as decimal(38, 12)
        ) as actual
    from groups
    left join bounds
        on groups.membership_id = bounds.membership_id

),

targets_measured as (

    select
        division_id,
        count(*) as target_count,
        sum(driver_quantity) as quantity
    from candidates
    group by division_id

),

-- the whole that a feed declares, and the cost of a pool whose amounts were allotted elsewhere
wholes as (

    select
        groups.membership_id,
        groups.division_id,
        drivers.driver_id,
        ' of the whole that the feed declares (target *)' as whole_name,
        min(driver_quantities.unit) as unit,
        sum(driver_quantities.quantity) as quantity
    from groups
    inner join drivers
        on
            lower(trim(groups.driver_id)) = lower(trim(drivers.driver_id))
            and {{ in_force('groups.window_start', 'drivers') }}
            and drivers.kind in ('usage', 'amount')
    inner join driver_quantities
        on
            groups.division_id = driver_quantities.division_id
            and driver_quantities.domain_id = '*'
    group by
        groups.membership_id,
        groups.division_id,
        drivers.driver_id
    union all
    select
        groups.membership_id,
        groups.division_id,
        drivers.driver_id,
        ' of the effective cost of the pool' as whole_name,
        drivers.unit,
        sum(allocated_costs.effective_cost) as quantity
    from groups
    inner join drivers
        on
            lower(trim(groups.driver_id)) = lower(trim(drivers.driver_id))
            and {{ in_force('groups.window_start', 'drivers') }}
            and drivers.kind = 'amount'
    inner join shares
        on groups.membership_id = shares.membership_id
    inner join allocated_costs
        on
            shares.billing_period = allocated_costs.billing_period
            and shares.share_id = allocated_costs.share_id
            and {{ same_or_any('drivers.unit', 'allocated_costs.billing_currency') }}
    group by
        groups.membership_id,
        groups.division_id,
        drivers.driver_id,
        drivers.unit

),

-- what targets bear of it, idle capacity among them: a gap is somebody's cost that nobody shows
measured as (

    select
        wholes.membership_id,
        'driver' as check_id,
        ', what its targets hold by driver ' || wholes.driver_id || coalesce(' (' || wholes.unit || ')', '')
        || wholes.whole_name || '; show a gap as idle' as subject,
        coalesce(targets_measured.target_count, 0) as target_count,
        wholes.quantity as expected,
        coalesce(targets_measured.quantity, 0) as actual
    from wholes
    left join targets_measured
        on wholes.division_id = targets_measured.division_id

),

excluded_targets as (

    select
        lower(trim(pool_targets.pool_id)) as pool_key,
        lower(trim(cost_domains.domain_id)) as target_key
    from pool_targets
    inner join cost_domains
        on
            {{ same_or_any('pool_targets.domain_id', 'cost_domains.domain_id') }}
            and {{ same_or_any('pool_targets.business_unit', 'cost_domains.business_unit') }}
            and {{ same_or_any('pool_targets.cost_centre', 'cost_domains.cost_centre') }}
            and {{ same_or_any('pool_targets.product', 'cost_domains.product') }}
            and {{ same_or_any('pool_targets.environment', 'cost_domains.environment') }}
    where
        pool_targets.excluded
        and pool_targets.target_pool_id is null
    union
    select
        lower(trim(pool_id)) as pool_key,
        lower(trim(target_pool_id)) as target_key
    from pool_targets
    where
        excluded
        and target_pool_id is not null

),

-- what a feed measures of a domain or pool that the pool may not reach weighs for nobody: the others bear its part,
-- which is for policy to say, by leaving the target out on purpose, and not for a name to bring about
unreached as (

    select
        min(groups.membership_id) as membership_id,
        'unreached' as check_id,
        ', what driver ' || groups.driver_id || ' measures of ' || driver_quantities.domain_id
        || ', which the pool may not reach: the others bear its part; list the target, or exclude it' as subject,
        cast(count(*) as bigint) as target_count,
        cast(0 as decimal(38, 12)) as expected,
        sum(driver_quantities.quantity) as actual
    from groups
    inner join drivers
        on
            lower(trim(groups.driver_id)) = lower(trim(drivers.driver_id))
            and {{ in_force('groups.window_start', 'drivers') }}
            and drivers.kind in ('usage', 'amount')
    inner join driver_quantities
        on groups.division_id = driver_quantities.division_id
    inner join known_targets
        on
            driver_quantities.domain_id = known_targets.target_key
            and known_targets.target_key not in ('*', 'unallocated')
    left join candidates
        on
            groups.division_id = candidates.division_id
            and driver_quantities.domain_id = lower(trim(coalesce(candidates.domain_id, candidates.target_pool_id)))
    left join excluded_targets
        on
            lower(trim(groups.pool_id)) = excluded_targets.pool_key
            and driver_quantities.domain_id = excluded_targets.target_key
    where
        candidates.division_id is null
        and excluded_targets.pool_key is null
        and driver_quantities.quantity <> 0
    group by
        groups.billing_period,
        groups.pool_id,
        groups.pool_version,
        groups.driver_id,
        driver_quantities.domain_id

),

-- cost that no pool of a chain hands to an owner
stranded as (

    select
        membership_id,
        'way_out' as check_id,
        case max(reason)
            when 'circular' then ', part of it that goes round among pools for ever'
            else ', part of it for which resolution ' || min(resolution) || ' leaves no target'
        end as subject,
        count(*) as target_count,
        cast(0 as decimal(38, 12)) as expected,
        cast(sum(weight) as decimal(38, 12)) as actual
    from shares
    where
        resolution is not null
        and reason in ('circular', 'no_target')
    group by membership_id

),

built_periods as (

    select distinct billing_period
    from charge_days

),

-- a window that reaches back into a month that is delivered but was never built would be measured by half
reaching_back as (

    select
        groups.membership_id,
        'months_before' as check_id,
        ', whether ' || partitions.billing_period || ' is built, where its driver ' || groups.driver_id || ' ('
        || groups.driver_window || ') looks; run that period first' as subject,
        0 as target_count,
        cast(1 as decimal(38, 12)) as expected,
        cast(max(case when built_periods.billing_period is null then 0 else 1 end) as decimal(38, 12)) as actual
    from groups
    inner join partitions
        on
            groups.billing_period > partitions.billing_period
            and (
                groups.measured_period = partitions.billing_period
                or (
                    groups.measured_period is null
                    and {{ period_end('partitions.billing_period') }} > groups.measured_from
                )
            )
    left join built_periods
        on partitions.billing_period = built_periods.billing_period
    group by
        groups.membership_id,
        groups.driver_id,
        groups.driver_window,
        partitions.billing_period

),

checked as (

    select
        membership_id,
        check_id,
        subject,
        target_count,
        first_share,
        last_share,
        expected,
        actual
    from breaks
    {% for found in ['measured', 'unreached', 'stranded', 'reaching_back'] %}
        union all
        select
            membership_id,
            check_id,
            subject,
            target_count,
            cast(null as double) as first_share,
            cast(null as double) as last_share,
            expected,
            actual
        from {{ found }}
    {% endfor %}

),

final as (

    select
        groups.billing_period,
        groups.group_name || checked.subject as subject,
        checked.check_id,
        groups.pool_id,
        groups.pool_version,
        groups.scope_key,
        groups.window_start,
        groups.window_hour,
        checked.target_count,
        checked.first_share,
        checked.last_share,
        cast(checked.expected as decimal(38, 12)) as expected,
        cast(checked.actual as decimal(38, 12)) as actual,
        cast(checked.actual - checked.expected as decimal(38, 12)) as difference
    from checked
    inner join groups
        on checked.membership_id = groups.membership_id

)

select * from final
