-- one row per pool version, scope, window and target that its driver says something about
with quantities as (

    select * from {{ ref('int_drivers__spend') }}
    union all
    select * from {{ ref('int_drivers__quantity') }}
    union all
    select * from {{ ref('int_drivers__usage') }}

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
        cast(quantity as decimal(38, 12)) as quantity,
        unit
    from quantities

)

select * from final
