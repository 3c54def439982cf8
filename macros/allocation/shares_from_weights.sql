{#
  shares_from_weights: each target's interval of the running share of what it has a claim on. Written once for every
                       method.
  memberships: relation, one row per group to divide and attempt (membership_id, group_id, attempt, driver_id,
               fallback_domain_id)
  weights:     relation, one row per group, attempt and target (candidate_id, membership_id, domain_id,
               target_pool_id, weight, floor_share, cap_share, has_driver_row, driver_quantity, driver_unit)
  returns:     query: share_id, membership_id (of the attempt that counts), group_id, attempt, attempt_reason,
               domain_id, target_pool_id, weight, share_from, share_to, driver_unit, driver_quantity, driver_total,
               limited_by, reason

  The first attempt that can be divided counts. Targets are ordered by domain_id, pools after domains, and hold
  [share_from, share_to) of the running share, from exactly 0 to exactly 1, without gaps: bounds are quotients of
  exact decimal sums, so that the same weights give the same bounds. A target with no weight, or one too small to move
  a double, gets no row. A group that no attempt can divide goes as a whole to its fallback domain, else to
  'unallocated', with the reason of the first; what caps leave over goes there too. Usage that nobody owns has a claim
  of its own, 'unallocated', with the reason unowned_usage.
#}
{% macro shares_from_weights(memberships, weights) -%}
with limited as (

    {{ limited_weights(weights) }}

),

totals as (

    select
        membership_id,
        sum(weight) as total_weight,
        min(weight) as smallest_weight,
        sum(driver_quantity) as driver_total,
        min(driver_unit) as driver_unit,
        max(case when has_driver_row and driver_quantity is null then 1 else 0 end) as has_null_driver
    from {{ weights }}
    group by membership_id

),

judged as (

    select
        memberships.membership_id,
        memberships.group_id,
        memberships.attempt,
        memberships.fallback_domain_id,
        totals.total_weight,
        totals.driver_total,
        totals.driver_unit,
        case
            when totals.membership_id is null then 'no_target'
            when totals.smallest_weight < 0 then 'negative_driver'
            when memberships.driver_id is not null and totals.has_null_driver = 1 then 'null_driver'
            when totals.total_weight is null and memberships.driver_id is null then 'no_target'
            when totals.total_weight is null then 'no_driver'
            when totals.total_weight = 0 then 'zero_driver'
        end as reason
    from {{ memberships }} as memberships
    left join totals
        on memberships.membership_id = totals.membership_id

),

attempted as (

    select
        judged.*,
        row_number() over (
            partition by group_id order by case when reason is null then 0 else 1 end, attempt
        ) as place,
        first_value(reason) over (partition by group_id order by attempt) as first_reason
    from judged

),

chosen as (

    select
        membership_id,
        group_id,
        attempt,
        case when attempt > 0 then first_reason end as attempt_reason,
        fallback_domain_id,
        driver_total,
        driver_unit,
        reason
    from attempted
    where place = 1

),

claims as (

    select
        weights.candidate_id as share_id,
        chosen.membership_id,
        weights.domain_id,
        weights.target_pool_id,
        case when weights.target_pool_id is null then 0 else 1 end as target_order,
        coalesce(limited.weight, weights.weight) as weight,
        limited.limited_by,
        weights.driver_unit,
        weights.driver_quantity,
        case when weights.domain_id = 'unallocated' then 'unowned_usage' end as reason
    from {{ weights }} as weights
    inner join chosen
        on
            weights.membership_id = chosen.membership_id
            and chosen.reason is null
    left join limited
        on weights.candidate_id = limited.candidate_id

    union all

    select
        {{ integer_key(['chosen.membership_id', "'capped'"]) }} as share_id,
        chosen.membership_id,
        coalesce(chosen.fallback_domain_id, 'unallocated') as domain_id,
        cast(null as {{ dbt.type_string() }}) as target_pool_id,
        2 as target_order,
        limited.weight,
        limited.limited_by,
        chosen.driver_unit,
        cast(null as decimal(38, 12)) as driver_quantity,
        'capped' as reason
    from limited
    inner join chosen
        on
            limited.membership_id = chosen.membership_id
            and chosen.reason is null
    where limited.candidate_id is null

),

running as (

    select
        claims.*,
        sum(weight) over (
            partition by membership_id
            order by target_order, domain_id, target_pool_id
            rows unbounded preceding
        ) as running_weight,
        sum(weight) over (partition by membership_id) as total_weight
    from claims
    where weight > 0

),

bounded as (

    select
        share_id,
        membership_id,
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
        bounded.share_id,
        bounded.membership_id,
        chosen.group_id,
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
        on bounded.membership_id = chosen.membership_id
    where bounded.share_from < bounded.share_to

),

fallen_back as (

    select
        {{ integer_key(['membership_id', "coalesce(fallback_domain_id, 'unallocated')"]) }} as share_id,
        membership_id,
        group_id,
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
