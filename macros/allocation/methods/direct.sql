{#
  direct: a pool goes as a whole to its one target.
  Use when: one owner bears the pool, and it is to be seen as a pool. Misleads when: others use it too.
  candidates: one row per pool, scope, window, target
  drivers:    not read
  returns:    candidate_id, weight (1 for an only target; null = no claim, when policy names several)
#}
{% macro allocation_method__direct(candidates, drivers) %}
    select
        candidates.candidate_id,
        case
            when count(*) over (partition by candidates.division_id) = 1 then cast(1 as decimal(38, 12))
        end as weight
    from {{ candidates }} as candidates
{% endmacro %}
