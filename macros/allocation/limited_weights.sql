{#
  limited_weights: weights held between the floors and caps of their targets. Written once for every method.
  weights: relation, one row per group and target (candidate_id, division_id, weight, floor_share, cap_share)
  returns: query: candidate_id, division_id, weight (part of the pool), limited_by (floor, cap or null), and one row
           per group whose caps leave something over, with candidate_id null and that part as weight. Groups without a
           limit, and those that cannot be divided, have no rows.

  A target whose claim is p bears the part  x * p, but no less than its floor and no more than its cap, with the one x
  for which the parts sum to 1. Their sum rises with x, along a line between the points floor / p and cap / p: the
  point before the line reaches 1 is found among them, and x on the line. Floors that exceed the pool together divide
  it among themselves.
#}
{% macro limited_weights(weights) -%}
with groups as (

    select
        division_id,
        sum(weight) as total_weight
    from {{ weights }}
    group by division_id
    having
        (count(floor_share) > 0 or count(cap_share) > 0)
        and min(weight) >= 0
        and sum(weight) > 0

),

claims as (

    select
        weights.candidate_id,
        weights.division_id,
        cast(coalesce(weights.weight, 0) as double) / cast(groups.total_weight as double) as claim,
        cast(coalesce(weights.floor_share, 0) as double) as floor_part,
        cast(coalesce(weights.cap_share, 1) as double) as cap_part
    from {{ weights }} as weights
    inner join groups
        on weights.division_id = groups.division_id
    where
        weights.weight > 0
        or weights.floor_share > 0

),

-- at x = 0 everybody is at the floor; each floor / claim sets a target moving, each cap / claim stops it
points as (

    select
        division_id,
        cast(null as bigint) as candidate_id,
        cast(0 as double) as factor,
        sum(floor_part) as resting_change,
        cast(0 as double) as moving_change
    from claims
    group by division_id
    union all
    select
        division_id,
        candidate_id,
        floor_part / claim as factor,
        -floor_part as resting_change,
        claim as moving_change
    from claims
    where claim > 0
    union all
    select
        division_id,
        candidate_id,
        cap_part / claim as factor,
        cap_part as resting_change,
        -claim as moving_change
    from claims
    where claim > 0

),

lines as (

    select
        division_id,
        candidate_id,
        factor,
        moving_change,
        sum(resting_change) over (
            partition by division_id order by factor, moving_change desc, candidate_id rows unbounded preceding
        ) as resting,
        sum(moving_change) over (
            partition by division_id order by factor, moving_change desc, candidate_id rows unbounded preceding
        ) as moving
    from points

),

reached as (

    select
        division_id,
        factor,
        resting,
        moving,
        row_number() over (
            partition by division_id order by factor desc, moving_change, candidate_id desc
        ) as place
    from lines
    where
        resting + moving * factor <= 1 + 1e-12
        or candidate_id is null

),

solutions as (

    select
        division_id,
        case when moving > 1e-12 then (1 - resting) / moving else factor end as factor
    from reached
    where place = 1

),

parts as (

    select
        claims.candidate_id,
        claims.division_id,
        cast(greatest(least(solutions.factor * claims.claim, claims.cap_part), claims.floor_part) as decimal(38, 12))
            as weight,
        case
            when solutions.factor * claims.claim < claims.floor_part then 'floor'
            when solutions.factor * claims.claim >= claims.cap_part - 1e-12 then 'cap'
        end as limited_by
    from claims
    inner join solutions
        on claims.division_id = solutions.division_id

),

rests as (

    select
        division_id,
        cast(1 as decimal(38, 12)) - sum(weight) as weight
    from parts
    group by division_id
    -- a rest of rounding is none
    having sum(weight) < cast(0.999999 as decimal(38, 12)) and count(*) = count(limited_by)

)

select
    candidate_id,
    division_id,
    weight,
    limited_by
from parts
union all
select
    cast(null as bigint) as candidate_id,
    division_id,
    weight,
    'cap' as limited_by
from rests
{%- endmacro %}
