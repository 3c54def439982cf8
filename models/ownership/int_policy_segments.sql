-- one row per span of charge days within which no policy row begins or ends; the registers that are fed from elsewhere
-- (CMDB, accounts) do not cut, for their rows come and go every day and concern one resource each
{% set dated_seeds = [
    'cost_domains', 'drivers', 'kubernetes_clusters', 'kubernetes_namespaces', 'ownership_rules', 'pool_targets', 'pools',
    'tag_policy',
] -%}
{% set dictionary_seeds = ['tag_keys', 'tag_values'] -%}
with identities as (

    select * from {{ ref('dim_charge_identities') }}

),

charge_days as (

    select
        min(first_charge_date) as first_day,
        max(end_charge_date) as end_day
    from identities

),

bounds as (

    select
        first_day as bound,
        true as is_dictionary
    from charge_days
    {% for seed in dated_seeds + dictionary_seeds %}
        {% for column in ['valid_from', 'valid_to'] %}
            union all
            select
                {{ column }} as bound,
                {{ 'true' if seed in dictionary_seeds else 'false' }} as is_dictionary
            from {{ ref(seed) }}
        {% endfor %}
    {% endfor %}

),

cuts as (

    select
        bounds.bound as segment_from,
        max(case when bounds.is_dictionary then bounds.bound end) as dictionary_from,
        max(charge_days.end_day) as end_day
    from bounds
    cross join charge_days
    where
        bounds.bound >= charge_days.first_day
        and bounds.bound < charge_days.end_day
    group by bounds.bound

),

segments as (

    select
        segment_from,
        lead(segment_from, 1, end_day) over (order by segment_from) as segment_to,
        max(dictionary_from) over (order by segment_from rows unbounded preceding) as dictionary_from
    from cuts

),

final as (

    select
        segment_from,
        segment_to,
        dictionary_from,
        max(segment_to) over (partition by dictionary_from) as dictionary_to
    from segments

)

select * from final
