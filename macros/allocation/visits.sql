{#
  visits: how much of each pool's cost arrives at each pool, over all ways: the sum of all powers of the matrix of
          what pools
  hand on, by repeated squaring: (I + A)(I + A²)(I + A⁴)…, which after n steps has added 2^n powers.
  roots: relation, one row per pool that is to be followed (node, a number)
  hops:  relation, one row per pair of pools, the matrix A (node, target_node, share double)
  steps: number of squarings
  returns: query: node, via_node, arriving_share (double; 1 for the pool itself, and more when cost comes back to it)

  Products are summed as decimals: their sum does not depend on the order in which an engine takes the rows. Parts
  below 10^-18 of a pool vanish. An engine that writes a CTE out wherever it is named would do the work of each step
  twice: there, steps belong into tables.
#}
{% macro visits(roots, hops, steps) -%}
with visits_0 as (

    select
        node,
        node as via_node,
        cast(1 as double) as arriving_share
    from {{ roots }}

),

power_0 as (

    select
        node,
        target_node,
        share
    from {{ hops }}

){%- for step in range(1, steps + 1) %},

visits_{{ step }} as (

    select
        node,
        via_node,
        cast(sum(part) as double) as arriving_share
    from (
        select
            node,
            via_node,
            cast(arriving_share as decimal(38, 18)) as part
        from visits_{{ step - 1 }}
        union all
        select
            arrived.node,
            powers.target_node as via_node,
            cast(arrived.arriving_share * powers.share as decimal(38, 18)) as part
        from visits_{{ step - 1 }} as arrived
        inner join power_{{ step - 1 }} as powers
            on arrived.via_node = powers.node
    ) as parts
    group by
        node,
        via_node

){%- if step < steps %},

power_{{ step }} as (

    select
        first_hops.node,
        next_hops.target_node,
        cast(sum(cast(first_hops.share * next_hops.share as decimal(38, 18))) as double) as share
    from power_{{ step - 1 }} as first_hops
    inner join power_{{ step - 1 }} as next_hops
        on first_hops.target_node = next_hops.node
    group by
        first_hops.node,
        next_hops.target_node
    having sum(cast(first_hops.share * next_hops.share as decimal(38, 18))) > 0

){%- endif %}
{%- endfor %}

select * from visits_{{ steps }}
{%- endmacro %}
