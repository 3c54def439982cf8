{#
  proportional: a pool is shared by the metered quantity of its driver.
  Use when: a meter exists for every consumer. Misleads when: consumers that are idle must still pay.
  candidates: one row per pool, scope, window, target
  drivers:    one row per pool, scope, window, target with a quantity
  returns:    candidate_id, weight (>= 0; null = no claim)
#}
{% macro allocation_method__proportional(candidates, drivers) %}
    select
        candidates.candidate_id,
        drivers.quantity as weight
    from {{ candidates }} as candidates
    left join {{ drivers }} as drivers
        on candidates.candidate_id = drivers.candidate_id
{% endmacro %}
