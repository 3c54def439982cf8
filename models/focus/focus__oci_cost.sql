-- one row per row of a cost report; corrections are charges of their own, and add up with what they correct
with reports as (
    select * from {{ ref('stg_oci__cost') }}
),

tag_sets as (
    select * from {{ ref('int_tag_sets') }}
    where tags_form = 'columns'
),

units as (
    select * from {{ ref('units') }}
),

regions as (
    select * from {{ ref('regions') }}
    where provider = 'Oracle'
),

services as (
    select * from {{ ref('services') }}
    where provider = 'Oracle'
),

-- rows that cost nothing have no currency: they are in that of the others
currencies_of_months as (
    select
        x_source_id,
        x_billing_period,
        min(currency) as currency
    from reports
    group by x_source_id, x_billing_period
),

-- a tenancy has no name of its own in the report, but its root compartment, whose id is the tenancy's, bears it
names_of_tenancies as (
    select
        x_source_id,
        x_billing_period,
        tenant_id,
        min(compartment_name) as tenancy_name
    from reports
    where compartment_id = tenant_id
    group by x_source_id, x_billing_period, tenant_id
),

joined as (
    select
        reports.*,
        -- what is free has no cost in some reports
        coalesce(reports.my_cost, 0) as paid_cost,
        names_of_tenancies.tenancy_name,
        coalesce(reports.currency, currencies_of_months.currency, 'USD') as billing_currency,
        tag_sets.tags as canonical_tags,
        tag_sets.changes as tag_changes,
        coalesce(units.unit, reports.unit_description) as unit,
        regions.region_name,
        coalesce(services.service_name, reports.service, 'Oracle Cloud Infrastructure') as service_name,
        services.service_category,
        services.service_subcategory,
        cast(concat(reports.x_billing_period, '-01') as timestamp) as period_start,
        coalesce(case when reports.is_overage then reports.unit_price_overage end, reports.unit_price) as paid_price
    from reports
    left join currencies_of_months
        on
            reports.x_source_id = currencies_of_months.x_source_id
            and reports.x_billing_period = currencies_of_months.x_billing_period
    left join names_of_tenancies
        on
            reports.x_source_id = names_of_tenancies.x_source_id
            and reports.x_billing_period = names_of_tenancies.x_billing_period
            and reports.tenant_id = names_of_tenancies.tenant_id
    left join tag_sets
        on reports.tags = tag_sets.tags_text
    left join units
        on reports.unit_description = units.native_unit
    left join regions
        on reports.region = regions.region_id
    left join services
        on reports.service = services.service_code
),

measured as (
    select
        *,
        coalesce(paid_price >= 0, false)
        and billed_quantity is not null and unit is not null and product_sku is not null as is_priced,
        -- overage is a part of the row at another price, and is in its cost
        coalesce({{ is_not_product('paid_cost', 'paid_price', 'billed_quantity') }}, false) as is_not_product
    from joined
),

final as (
    select
        -- attributed usage and cost of shared clusters travel in x_provider_columns; the report does not split cost
        cast(null as varchar) as AllocatedMethodDetails,
        cast(null as varchar) as AllocatedMethodId,
        cast(null as varchar) as AllocatedResourceId,
        cast(null as varchar) as AllocatedResourceName,
        cast(null as varchar) as AllocatedTags,
        case when availability_domain <> region then availability_domain end as AvailabilityZone,
        paid_cost as BilledCost,
        coalesce(subscription_id, tenant_id) as BillingAccountId,
        -- subscriptions have a number only
        case when subscription_id is null then tenancy_name end as BillingAccountName,
        case when subscription_id is not null then 'Subscription' else 'Tenancy' end as BillingAccountType,
        billing_currency as BillingCurrency,
        period_start + interval '1' month as BillingPeriodEnd,
        period_start as BillingPeriodStart,
        -- the report names no reservations
        cast(null as varchar) as CapacityReservationId,
        cast(null as varchar) as CapacityReservationStatus,
        'Usage' as ChargeCategory,
        -- a correction lies in the month that it corrects, whether that was invoiced or not
        cast(null as varchar) as ChargeClass,
        concat_ws(', ', coalesce(description, product_sku, service_name), case when is_overage then 'overage' end)
            as ChargeDescription,
        'Usage-Based' as ChargeFrequency,
        {{ exclusive_charge_end('interval_start', 'interval_end') }} as ChargePeriodEnd,
        interval_start as ChargePeriodStart,
        -- credits that were bought in advance are a contract, which the report names as the subscription only
        cast(null as varchar) as CommitmentDiscountCategory,
        cast(null as varchar) as CommitmentDiscountId,
        cast(null as varchar) as CommitmentDiscountName,
        cast(null as decimal(38, 12)) as CommitmentDiscountQuantity,
        cast(null as varchar) as CommitmentDiscountStatus,
        cast(null as varchar) as CommitmentDiscountType,
        cast(null as varchar) as CommitmentDiscountUnit,
        -- the report names no programs
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        case when is_priced then billed_quantity end as ConsumedQuantity,
        case when is_priced then unit end as ConsumedUnit,
        -- which part of a cost draws on the contract is not said
        cast(null as varchar) as ContractApplied,
        paid_cost as ContractedCost,
        case when is_priced then paid_price end as ContractedUnitPrice,
        paid_cost as EffectiveCost,
        'Oracle' as HostProviderName,
        -- the report names no invoices
        cast(null as varchar) as InvoiceDetailId,
        cast(null as varchar) as InvoiceId,
        'Oracle' as InvoiceIssuerName,
        -- prices are those of the contract: the list cost is not known
        paid_cost as ListCost,
        case when is_priced then paid_price end as ListUnitPrice,
        case when is_priced then 'Standard' end as PricingCategory,
        billing_currency as PricingCurrency,
        case when is_priced then paid_price end as PricingCurrencyContractedUnitPrice,
        paid_cost as PricingCurrencyEffectiveCost,
        case when is_priced then paid_price end as PricingCurrencyListUnitPrice,
        case when is_priced then billed_quantity end as PricingQuantity,
        case when is_priced then unit end as PricingUnit,
        region as RegionId,
        coalesce(region_name, region) as RegionName,
        resource_id as ResourceId,
        -- resources have an id only
        cast(null as varchar) as ResourceName,
        case
            when resource_id is not null
                then coalesce({{ regexp_group('resource_id', "'^ocid[0-9]+[.]([^.]+)[.]'") }}, service_name)
        end as ResourceType,
        coalesce(service_category, 'Other') as ServiceCategory,
        service_name as ServiceName,
        -- sellers of the marketplace are not named
        'Oracle' as ServiceProviderName,
        coalesce(service_subcategory, 'Other (Other)') as ServiceSubcategory,
        product_sku as SkuId,
        case when product_sku is not null then description end as SkuMeter,
        -- a SKU is described in words only
        cast(null as varchar) as SkuPriceDetails,
        -- prices have no id of their own: the SKU is the nearest
        case when is_priced then product_sku end as SkuPriceId,
        tenant_id as SubAccountId,
        tenancy_name as SubAccountName,
        case when tenant_id is not null then 'Tenancy' end as SubAccountType,
        canonical_tags as Tags,
        x_billing_period,
        cast(interval_start as date) as x_charge_date,
        x_charge_id,
        {{ cost_state('cast(null as varchar)', 'is_final') }} as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        {{ change_list({
            'contracted_cost_is_not_price_times_quantity': 'is_priced and is_not_product',
            'correction_row_added': 'is_correction',
            'cost_missing': 'my_cost is null',
            'currency_missing': 'currency is null',
            'list_cost_is_not_price_times_quantity': 'is_priced and is_not_product',
            'price_not_in_bill': 'not is_priced',
            'service_category_unknown': 'service_category is null',
        }, 'tag_changes') }} as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from measured
)

select * from final
