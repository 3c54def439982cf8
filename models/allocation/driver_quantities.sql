-- one row per pool version, scope, window, attempt and target that its driver says something about
with divisions as (

    select * from {{ ref('pool_divisions') }}

),

drivers as (

    select * from {{ ref('drivers') }}

),

account_owners as (

    select * from {{ ref('int_account_owners') }}

),

-- the owner of the account that is divided on its own bears all of it: who bought a commitment, say
account_quantities as (

    select
        divisions.division_id,
        account_owners.domain_id,
        cast(1 as decimal(38, 12)) as quantity,
        drivers.unit
    from divisions
    inner join drivers
        on
            lower(trim(divisions.driver_id)) = lower(trim(drivers.driver_id))
            and drivers.kind = 'account'
            and {{ in_force('divisions.window_start', 'drivers') }}
    inner join account_owners
        on
            divisions.scope_by = 'sub_account_id'
            and divisions.scope_key = account_owners.account_key
            and {{ in_force('divisions.window_start', 'account_owners') }}

),

quantities as (

    select * from {{ ref('int_drivers__spend') }}
    union all
    select * from {{ ref('int_drivers__quantity') }}
    union all
    select * from {{ ref('int_drivers__usage') }}
    union all
    select * from account_quantities

),

final as (

    select
        division_id,
        domain_id,
        cast(quantity as decimal(38, 12)) as quantity,
        unit
    from quantities

)

select * from final
