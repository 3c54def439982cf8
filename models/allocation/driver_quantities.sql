-- one row per pool version, scope, window, attempt and target that its driver says something about
with memberships as (

    select * from {{ ref('pool_membership') }}

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
        memberships.membership_id,
        memberships.pool_id,
        memberships.pool_version,
        memberships.scope_key,
        memberships.window_start,
        memberships.billing_period,
        account_owners.domain_id,
        cast(1 as decimal(38, 12)) as quantity,
        drivers.unit
    from memberships
    inner join drivers
        on
            lower(trim(memberships.driver_id)) = lower(trim(drivers.driver_id))
            and drivers.kind = 'account'
            and {{ in_force('memberships.window_start', 'drivers') }}
    inner join account_owners
        on
            memberships.scope_by = 'sub_account_id'
            and memberships.scope_key = account_owners.account_key
            and {{ in_force('memberships.window_start', 'account_owners') }}

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
