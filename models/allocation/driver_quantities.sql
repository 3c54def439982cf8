-- one row per pool version, scope, window and target that its driver says something about
with quantities as (

    {% for kind in ['spend', 'quantity', 'usage'] -%}
    {{ 'union all' if not loop.first }}
    select
        membership_id,
        pool_id,
        pool_version,
        scope_key,
        window_start,
        billing_period,
        domain_id,
        cast(quantity as decimal(38, 12)) as quantity,
        unit
    from {{ ref('int_drivers__' ~ kind) }}
    {% endfor %}
),

final as (

    select
        membership_id,
        pool_id,
        pool_version,
        scope_key,
        window_start,
        billing_period,
        domain_id,
        quantity,
        unit
    from quantities

)

select * from final
