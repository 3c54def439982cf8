{#
  shares_from_weights: each target's interval of the running share of what it has a claim on. Written once for every
                       method.
  memberships: relation, one row per group to divide and attempt (membership_id, group_id, division_id)
  divisions:   relation, one row per division that groups and attempts share (division_id, attempt, driver_id,
               fallback_domain_id)
  weights:     relation, one row per division and target (candidate_id, division_id, domain_id, target_pool_id, weight,
               floor_share, cap_share, has_driver_row, driver_quantity, driver_unit)
  returns:     query: share_id, membership_id (of the attempt that counts), group_id, division_id, attempt,
               attempt_reason, domain_id, target_pool_id, weight, share_from, share_to, driver_unit, driver_quantity,
               driver_total, limited_by, reason

  The first attempt that can be divided counts. Targets are ordered by domain_id, pools after domains, and hold
  [share_from, share_to) of the running share, from exactly 0 to exactly 1, without gaps: bounds are quotients of
  exact decimal sums, so that the same weights give the same bounds. A target with no weight, or one too small to move
  a double, gets no row. A group that no attempt can divide goes as a whole to its fallback domain, else to
  'unallocated', with the reason of the first; what caps leave over goes there too. Usage that nobody owns has a claim
  of its own, 'unallocated', with the reason unowned_usage.
#}
{% macro shares_from_weights(memberships, divisions, weights) -%}
with limited as (

    {{ limited_weights(weights) }}

),

totals as (

    select
        division_id,
        sum(weight) as total_weight,
        min(weight) as smallest_weight,
        sum(driver_quantity) as driver_total,
        min(driver_unit) as driver_unit,
        max(case when has_driver_row and driver_quantity is null then 1 else 0 end) as has_null_driver
    from {{ weights }}
    group by division_id

),

judged as (

    select
        divisions.division_id,
        divisions.attempt,
        divisions.fallback_domain_id,
        totals.total_weight,
        totals.driver_total,
        totals.driver_unit,
        case
            when totals.division_id is null then 'no_target'
            when totals.smallest_weight < 0 then 'negative_driver'
            when divisions.driver_id is not null and totals.has_null_driver = 1 then 'null_driver'
            when totals.total_weight is null and divisions.driver_id is null then 'no_target'
            when totals.total_weight is null then 'no_driver'
            when totals.total_weight = 0 then 'zero_driver'
        end as reason
    from {{ divisions }} as divisions
    left join totals
        on divisions.division_id = totals.division_id

),

attempted as (

    select
        memberships.membership_id,
        memberships.group_id,
        judged.*
    from {{ memberships }} as memberships
    inner join judged
        on memberships.division_id = judged.division_id

),

-- the attempt that counts, and why the first one does not
decided as (

    select
        group_id,
        coalesce(min(case when reason is null then attempt end), min(attempt)) as attempt,
        min(case when attempt = 0 then reason end) as first_reason
    from attempted
    group by group_id

),

chosen as (

    select
        attempted.membership_id,
        attempted.group_id,
        attempted.division_id,
        attempted.attempt,
        case when attempted.attempt > 0 then decided.first_reason end as attempt_reason,
        attempted.fallback_domain_id,
        attempted.driver_total,
        attempted.driver_unit,
        attempted.reason
    from attempted
    inner join decided
        on
            attempted.group_id = decided.group_id
            and attempted.attempt = decided.attempt

),

-- divisions that count for some group
used as (

    select distinct
        division_id,
        fallback_domain_id,
        driver_unit
    from chosen
    where reason is null

),

claims as (

    select
        weights.division_id,
        weights.domain_id,
        weights.target_pool_id,
        case when weights.target_pool_id is null then 0 else 1 end as target_order,
        coalesce(limited.weight, weights.weight) as weight,
        limited.limited_by,
        weights.driver_unit,
        weights.driver_quantity,
        case when weights.domain_id = 'unallocated' then 'unowned_usage' end as reason
    from {{ weights }} as weights
    inner join used
        on weights.division_id = used.division_id
    left join limited
        on weights.candidate_id = limited.candidate_id

    union all

    select
        used.division_id,
        coalesce(used.fallback_domain_id, 'unallocated') as domain_id,
        cast(null as {{ dbt.type_string() }}) as target_pool_id,
        2 as target_order,
        limited.weight,
        limited.limited_by,
        used.driver_unit,
        cast(null as decimal(38, 12)) as driver_quantity,
        'capped' as reason
    from limited
    inner join used
        on limited.division_id = used.division_id
    where limited.candidate_id is null

),

running as (

    select
        claims.*,
        sum(weight) over (
            partition by division_id
            order by target_order, domain_id, target_pool_id
            rows unbounded preceding
        ) as running_weight,
        sum(weight) over (partition by division_id) as total_weight
    from claims
    where weight > 0

),

bounded as (

    select
        division_id,
        domain_id,
        target_pool_id,
        weight,
        cast(running_weight - weight as double) / cast(total_weight as double) as share_from,
        cast(running_weight as double) / cast(total_weight as double) as share_to,
        limited_by,
        driver_unit,
        driver_quantity,
        reason
    from running

),

shared as (

    select
        case
            when bounded.reason = 'capped' then {{ integer_key(['chosen.membership_id', "'capped'"]) }}
            else {{ integer_key(['chosen.membership_id', 'bounded.domain_id', 'bounded.target_pool_id']) }}
        end as share_id,
        chosen.membership_id,
        chosen.group_id,
        chosen.division_id,
        chosen.attempt,
        chosen.attempt_reason,
        bounded.domain_id,
        bounded.target_pool_id,
        bounded.weight,
        bounded.share_from,
        bounded.share_to,
        bounded.driver_unit,
        bounded.driver_quantity,
        chosen.driver_total,
        bounded.limited_by,
        bounded.reason
    from bounded
    inner join chosen
        on
            bounded.division_id = chosen.division_id
            and chosen.reason is null
    where bounded.share_from < bounded.share_to

),

fallen_back as (

    select
        {{ integer_key(['membership_id', "coalesce(fallback_domain_id, 'unallocated')"]) }} as share_id,
        membership_id,
        group_id,
        division_id,
        attempt,
        attempt_reason,
        coalesce(fallback_domain_id, 'unallocated') as domain_id,
        cast(null as {{ dbt.type_string() }}) as target_pool_id,
        cast(null as decimal(38, 12)) as weight,
        cast(0 as double) as share_from,
        cast(1 as double) as share_to,
        driver_unit,
        cast(null as decimal(38, 12)) as driver_quantity,
        driver_total,
        cast(null as {{ dbt.type_string() }}) as limited_by,
        reason
    from chosen
    where reason is not null

)

select * from shared
union all
select * from fallen_back
{%- endmacro %}
