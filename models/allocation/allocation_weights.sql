-- one row per candidate: the weight that its pool's method gives it
{% set methods = ['direct', 'equal_share', 'fixed_percentage', 'hybrid', 'proportional'] -%}
with candidates as (

    select * from {{ ref('allocation_candidates') }}

),

drivers as (

    select
        candidate_id,
        driver_quantity as quantity
    from candidates
    where has_driver_row

),

{#- dbt records a macro that is found by name only when the model itself calls it #}
{%- for method in methods %}
    candidates_{{ method }} as (

        select * from candidates
        where method = '{{ method }}'

    ),

    weights_{{ method }} as (

        {{ context['allocation_method__' ~ method]('candidates_' ~ method, 'drivers') }}

    ),
{% endfor %}
weights as (

    {% for method in methods %}
        select * from weights_{{ method }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        candidates.candidate_id,
        candidates.division_id,
        candidates.domain_id,
        candidates.target_pool_id,
        candidates.floor_share,
        candidates.cap_share,
        candidates.has_driver_row,
        candidates.driver_quantity,
        candidates.driver_unit,
        cast(weights.weight as decimal(38, 12)) as weight
    from candidates
    left join weights
        on candidates.candidate_id = weights.candidate_id

)

select * from final
