{#
  fixed_percentage: a pool is shared by percentages agreed beforehand, as policy's pool_targets hold them on that day.
  Use when: consumers agreed on their shares, or no meter exists. Misleads when: use has moved since the agreement.
  candidates: one row per pool, scope, window, target, with the fixed_share in force
  drivers:    not read
  returns:    candidate_id, weight (>= 0; null = no claim)
#}
{% macro allocation_method__fixed_percentage(candidates, drivers) %}
    select
        candidates.candidate_id,
        candidates.fixed_share as weight
    from {{ candidates }} as candidates
{% endmacro %}
