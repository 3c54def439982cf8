{#
  shares_from_weights: each target's interval of the running share of what it has a claim on. Written once for every method.
  memberships: relation, one row per group to divide (membership_id, driver_id, fallback_domain_id)
  weights:     relation, one row per group and target (candidate_id, membership_id, domain_id, weight, has_driver_row,
               driver_quantity, driver_unit)
  returns:     query: share_id, membership_id, domain_id, weight, share_from, share_to, driver_unit, driver_quantity,
               driver_total, reason

  Targets are ordered by domain_id and hold [share_from, share_to) of the running share, from exactly 0 to exactly 1,
  without gaps: bounds are quotients of exact decimal sums, so that the same weights give the same bounds. A target with
  no weight, or one too small to move a double, gets no row. A group that cannot be divided goes as a whole to
  its fallback, else to 'unallocated', with the reason.
#}
{% macro shares_from_weights(memberships, weights) -%}
with totals as (

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

running as (

    select
        weights.candidate_id,
        weights.membership_id,
        weights.domain_id,
        weights.weight,
        weights.driver_quantity,
        weights.driver_unit,
        judged.total_weight,
        judged.driver_total,
        sum(weights.weight) over (
            partition by weights.membership_id order by weights.domain_id rows unbounded preceding
        ) as running_weight
    from {{ weights }} as weights
    inner join judged
        on weights.membership_id = judged.membership_id
    where
        judged.reason is null
        and weights.weight > 0

),

bounded as (

    select
        candidate_id,
        membership_id,
        domain_id,
        weight,
        cast(running_weight - weight as double) / cast(total_weight as double) as share_from,
        cast(running_weight as double) / cast(total_weight as double) as share_to,
        driver_unit,
        driver_quantity,
        driver_total
    from running

),

shared as (

    select
        candidate_id as share_id,
        membership_id,
        domain_id,
        weight,
        share_from,
        share_to,
        driver_unit,
        driver_quantity,
        driver_total,
        cast(null as varchar) as reason
    from bounded
    where share_from < share_to

),

fallen_back as (

    select
        {{ integer_key(['membership_id', "coalesce(fallback_domain_id, 'unallocated')"]) }} as share_id,
        membership_id,
        coalesce(fallback_domain_id, 'unallocated') as domain_id,
        cast(null as decimal(38, 12)) as weight,
        cast(0 as double) as share_from,
        cast(1 as double) as share_to,
        driver_unit,
        cast(null as decimal(38, 12)) as driver_quantity,
        driver_total,
        reason
    from judged
    where reason is not null

)

select * from shared
union all
select * from fallen_back
{%- endmacro %}
