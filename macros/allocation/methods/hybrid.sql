{#
  hybrid: targets bear their fixed shares first; what these leave of a pool is shared by the metered quantity of its
          driver.
  Use when: readiness is agreed and paid for by everybody, and use comes on top. Misleads when: the fixed part is so
  large that use hardly counts.
  candidates: one row per pool, scope, window, target, with the fixed_share in force (null = none)
  drivers:    one row per pool, scope, window, target with a quantity; without any use, the fixed shares divide the
              whole
  returns:    candidate_id, weight (part of the pool; a quantity below 0 as it is, which sends the pool to its fallback)
#}
{% macro allocation_method__hybrid(candidates, drivers) %}
    select
        candidates.candidate_id,
        case
            when drivers.quantity < 0 then drivers.quantity
            when
                coalesce(sum(drivers.quantity) over (partition by candidates.division_id), 0) <= 0
                or sum(candidates.fixed_share) over (partition by candidates.division_id) >= 1
                then candidates.fixed_share
            when candidates.fixed_share is not null or drivers.quantity is not null
                then cast(
                    coalesce(cast(candidates.fixed_share as double), 0)
                    + (1 - coalesce(
                        cast(sum(candidates.fixed_share) over (partition by candidates.division_id) as double), 0
                    ))
                    * coalesce(cast(drivers.quantity as double), 0)
                    / cast(sum(drivers.quantity) over (partition by candidates.division_id) as double)
                    as decimal(38, 12)
                )
        end as weight
    from {{ candidates }} as candidates
    left join {{ drivers }} as drivers
        on candidates.candidate_id = drivers.candidate_id
{% endmacro %}
