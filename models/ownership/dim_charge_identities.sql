-- one row per identity: what repeats in a bill, decided on once
with period_identities as (

    select * from {{ ref('int_period_identities') }}

),

measured_periods as (

    select * from {{ ref('int_measured_periods') }}

),

ranked as (

    select
        period_identities.*,
        min(period_identities.first_charge_date) over (partition by period_identities.identity_id) as first_day,
        max(period_identities.last_charge_date) over (partition by period_identities.identity_id) as last_day,
        row_number() over (
            partition by period_identities.identity_id
            order by period_identities.last_charge_id desc
        ) as place
    from period_identities
    where period_identities.billing_period in (select measured_periods.billing_period from measured_periods)

),

final as (

    select
        identity_id,
        source_id,
        service_provider_name,
        host_provider_name,
        invoice_issuer_name,
        billing_account_id,
        billing_account_name,
        sub_account_id,
        sub_account_name,
        resource_id,
        resource_name,
        resource_type,
        service_name,
        service_category,
        service_subcategory,
        region_id,
        charge_category,
        charge_class,
        tags,
        commitment_discount_id,
        commitment_discount_status,
        capacity_reservation_status,
        billing_currency,
        cast(null as {{ dbt.type_string() }}) as kubernetes_cluster,
        cast(null as {{ dbt.type_string() }}) as kubernetes_role,
        coalesce(resource_name, {{ regexp_group('resource_id', "'([^/:]+)[/:]*$'", 1) }}) as match_name,
        first_day as first_charge_date,
        cast({{ dbt.dateadd('day', 1, 'last_day') }} as date) as end_charge_date
    from ranked
    where place = 1

)

select * from final
