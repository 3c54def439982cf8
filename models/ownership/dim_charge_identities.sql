-- one row per identity: what repeats row after row in a bill, decided on once
with charges as (

    select * from {{ ref('focus_cost_and_usage') }}

),

charge_days as (

    select * from {{ ref('int_charge_days') }}

),

-- the names are then read of one charge per identity
last_charges as (

    select
        identity_id,
        max(last_charge_id) as last_charge_id,
        min(charge_date) as first_charge_date,
        max(charge_date) as last_charge_date
    from charge_days
    group by identity_id

),

final as (

    select
        charges.x_identity_id as identity_id,
        charges.x_source_id as source_id,
        charges.ServiceProviderName as service_provider_name,
        charges.HostProviderName as host_provider_name,
        charges.InvoiceIssuerName as invoice_issuer_name,
        charges.BillingAccountId as billing_account_id,
        charges.BillingAccountName as billing_account_name,
        charges.SubAccountId as sub_account_id,
        charges.SubAccountName as sub_account_name,
        charges.ResourceId as resource_id,
        charges.ResourceName as resource_name,
        charges.ResourceType as resource_type,
        charges.ServiceName as service_name,
        charges.ServiceCategory as service_category,
        charges.ServiceSubcategory as service_subcategory,
        charges.RegionId as region_id,
        charges.ChargeCategory as charge_category,
        charges.ChargeClass as charge_class,
        charges.Tags as tags,
        charges.CommitmentDiscountId as commitment_discount_id,
        charges.CommitmentDiscountStatus as commitment_discount_status,
        charges.CapacityReservationStatus as capacity_reservation_status,
        charges.BillingCurrency as billing_currency,
        cast(null as {{ dbt.type_string() }}) as kubernetes_cluster,
        cast(null as {{ dbt.type_string() }}) as kubernetes_role,
        coalesce(
            charges.ResourceName, {{ regexp_group('charges.ResourceId', "'([^/:]+)[/:]*$'", 1) }}
        ) as match_name,
        last_charges.first_charge_date,
        cast({{ dbt.dateadd('day', 1, 'last_charges.last_charge_date') }} as date) as end_charge_date
    from last_charges
    inner join charges
        on
            last_charges.last_charge_id = charges.x_charge_id
            and last_charges.identity_id = charges.x_identity_id

)

select * from final
