-- one row per identity: what repeats row after row in a bill, decided on once
with charges as (

    select * from {{ ref('focus_cost_and_usage') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

-- the identity is a key over most of these columns, so that any row of it will do; names and types that providers
-- change without changing the thing are not in the key, and their greatest value is taken to be the same every run
grouped as (

    select
        charges.x_identity_id as identity_id,
        any_value(charges.x_source_id) as source_id,
        any_value(charges.ServiceProviderName) as service_provider_name,
        any_value(charges.HostProviderName) as host_provider_name,
        any_value(charges.InvoiceIssuerName) as invoice_issuer_name,
        any_value(charges.BillingAccountId) as billing_account_id,
        max(charges.BillingAccountName) as billing_account_name,
        any_value(charges.SubAccountId) as sub_account_id,
        max(charges.SubAccountName) as sub_account_name,
        any_value(charges.ResourceId) as resource_id,
        any_value(charges.ResourceName) as resource_name,
        max(charges.ResourceType) as resource_type,
        any_value(charges.ServiceName) as service_name,
        any_value(charges.ServiceCategory) as service_category,
        max(charges.ServiceSubcategory) as service_subcategory,
        any_value(charges.RegionId) as region_id,
        any_value(charges.ChargeCategory) as charge_category,
        any_value(charges.ChargeClass) as charge_class,
        any_value(charges.Tags) as tags,
        any_value(charges.BillingCurrency) as billing_currency,
        min(charges.x_charge_date) as first_charge_date,
        max(charges.x_charge_date) as last_charge_date
    from charges
    inner join run_scope
        on charges.x_billing_period = run_scope.billing_period
    group by charges.x_identity_id

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
        billing_currency,
        coalesce(resource_name, {{ regexp_group('resource_id', "'([^/:]+)[/:]*$'", 1) }}) as match_name,
        first_charge_date,
        cast({{ dbt.dateadd('day', 1, 'last_charge_date') }} as date) as end_charge_date
    from grouped

)

select * from final
