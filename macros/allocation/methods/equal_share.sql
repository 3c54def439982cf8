{#
  equal_share: each eligible target bears the same part of a pool.
  Use when: the pool is there for everyone and nobody can cause more of it. Misleads when: targets differ in size; it
  never counts as accurate.
  candidates: one row per pool, scope, window, target
  drivers:    not read
  returns:    candidate_id, weight (1)
#}
{% macro allocation_method__equal_share(candidates, drivers) %}
    select
        candidates.candidate_id,
        cast(1 as decimal(38, 12)) as weight
    from {{ candidates }} as candidates
{% endmacro %}
