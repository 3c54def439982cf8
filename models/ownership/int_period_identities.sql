-- one row per source, billing period and identity: what its charges of that month say of it
-- The names are read of its last charge.
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(
    materialized='partitioned',
    partition_by=['source_id', 'billing_period'],
    is_small=true,
    partitions_from='focus.int_charge_partitions',
    order_by=['identity_id'],
) }}
with charges as (

    select * from {{ ref('focus_cost_and_usage') }}

),

charge_days as (

    select * from {{ ref('int_charge_days') }}

),

last_charges as (

    select
        source_id,
        billing_period,
        identity_id,
        max(last_charge_id) as last_charge_id,
        min(charge_date) as first_charge_date,
        max(charge_date) as last_charge_date
    from charge_days
    group by
        source_id,
        billing_period,
        identity_id

),

final as (

    select
        last_charges.source_id,
        last_charges.billing_period,
        last_charges.identity_id,
        last_charges.last_charge_id,
        last_charges.first_charge_date,
        last_charges.last_charge_date,
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
        case when charges.ServiceCategory = 'AI and Machine Learning' then charges.SkuMeter end as sku_meter,
        charges.RegionId as region_id,
        charges.ChargeCategory as charge_category,
        charges.ChargeClass as charge_class,
        charges.Tags as tags,
        charges.CommitmentDiscountId as commitment_discount_id,
        charges.CommitmentDiscountStatus as commitment_discount_status,
        charges.CapacityReservationStatus as capacity_reservation_status,
        charges.BillingCurrency as billing_currency
    from last_charges
    inner join charges
        on
            last_charges.source_id = charges.x_source_id
            and last_charges.billing_period = charges.x_billing_period
            and last_charges.last_charge_id = charges.x_charge_id
            and last_charges.identity_id = charges.x_identity_id

)

select * from final
