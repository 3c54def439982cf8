-- one row per charge and owner, in the shape of FOCUS: the splits beside the charges they are made of
-- Costs and quantities are the owner's part, unit prices and every dimension are the charge's own; AllocatedMethodId is
-- filled when the charge was shared, and null when it has an owner of its own.
{{ config(materialized='view') }}
with splits as (

    select * from {{ ref('fct_charge_splits') }}

),

shares as (

    select * from {{ ref('fct_allocation_shares') }}

),

cost_domains as (

    select * from {{ ref('dim_cost_domains') }}

),

focus_cost_and_usage as (

    select * from {{ ref('focus_cost_and_usage') }}

),

share_details as (

    select
        billing_period,
        share_id,
        method_id,
        '{"Elements":[{"AllocatedRatio":' || cast(share_to - share_from as varchar)
        || case
            when driver_quantity is not null and driver_unit is not null
                then
                    ',"UsageUnit":' || {{ json_string('driver_unit') }}
                    || ',"UsageQuantity":' || rtrim(rtrim(cast(driver_quantity as varchar), '0'), '.')
            else ''
        end
        || '}]}' as allocated_method_details
    from shares

),

domain_details as (

    select
        domain_id,
        applies_from,
        applies_to,
        concat(business_unit, ' > ', cost_centre, ' > ', product, ' > ', environment) as resource_name,
        concat(
            '{"business_unit":', {{ json_string('business_unit') }},
            ',"cost_centre":', {{ json_string('cost_centre') }},
            ',"environment":', {{ json_string('environment') }},
            ',"product":', {{ json_string('product') }},
            '}'
        ) as tags
    from cost_domains
    where domain_id <> 'unallocated'

),

allocated as (

    select
        splits.source_id,
        splits.billing_period,
        splits.charge_id,
        splits.domain_id,
        splits.pool_id,
        splits.pool_version,
        splits.rule_id,
        splits.rule_version,
        splits.attribution_method,
        splits.allocation_method,
        splits.reason,
        splits.share_from,
        splits.share_to,
        splits.billed_cost,
        splits.effective_cost,
        splits.list_cost,
        splits.contracted_cost,
        share_details.method_id,
        share_details.allocated_method_details,
        case when splits.share_id is not null and domain_details.domain_id is not null then splits.domain_id end
            as resource_id,
        case when splits.share_id is not null then domain_details.resource_name end as resource_name,
        case when splits.share_id is not null then domain_details.tags end as tags
    from splits
    left join share_details
        on
            splits.billing_period = share_details.billing_period
            and splits.share_id = share_details.share_id
    left join domain_details
        on
            splits.domain_id = domain_details.domain_id
            and splits.charge_date >= domain_details.applies_from
            and splits.charge_date < domain_details.applies_to

),

final as (

    select
        allocated.allocated_method_details as AllocatedMethodDetails,
        allocated.method_id as AllocatedMethodId,
        allocated.resource_id as AllocatedResourceId,
        allocated.resource_name as AllocatedResourceName,
        allocated.tags as AllocatedTags,
        focus_cost_and_usage.AvailabilityZone,
        allocated.billed_cost as BilledCost,
        focus_cost_and_usage.BillingAccountId,
        focus_cost_and_usage.BillingAccountName,
        focus_cost_and_usage.BillingAccountType,
        focus_cost_and_usage.BillingCurrency,
        focus_cost_and_usage.BillingPeriodEnd,
        focus_cost_and_usage.BillingPeriodStart,
        focus_cost_and_usage.CapacityReservationId,
        focus_cost_and_usage.CapacityReservationStatus,
        focus_cost_and_usage.ChargeCategory,
        focus_cost_and_usage.ChargeClass,
        focus_cost_and_usage.ChargeDescription,
        focus_cost_and_usage.ChargeFrequency,
        focus_cost_and_usage.ChargePeriodEnd,
        focus_cost_and_usage.ChargePeriodStart,
        focus_cost_and_usage.CommitmentDiscountCategory,
        focus_cost_and_usage.CommitmentDiscountId,
        focus_cost_and_usage.CommitmentDiscountName,
        {{ split_amount(
            'focus_cost_and_usage.CommitmentDiscountQuantity',
            double_from_decimal('focus_cost_and_usage.CommitmentDiscountQuantity'),
            'allocated.share_from',
            'allocated.share_to'
        ) }} as CommitmentDiscountQuantity,
        focus_cost_and_usage.CommitmentDiscountStatus,
        focus_cost_and_usage.CommitmentDiscountType,
        focus_cost_and_usage.CommitmentDiscountUnit,
        focus_cost_and_usage.CommitmentProgramEligibilityDetails,
        {{ split_amount(
            'focus_cost_and_usage.ConsumedQuantity',
            double_from_decimal('focus_cost_and_usage.ConsumedQuantity'),
            'allocated.share_from',
            'allocated.share_to'
        ) }} as ConsumedQuantity,
        focus_cost_and_usage.ConsumedUnit,
        focus_cost_and_usage.ContractApplied,
        allocated.contracted_cost as ContractedCost,
        focus_cost_and_usage.ContractedUnitPrice,
        allocated.effective_cost as EffectiveCost,
        focus_cost_and_usage.HostProviderName,
        focus_cost_and_usage.InvoiceDetailId,
        focus_cost_and_usage.InvoiceId,
        focus_cost_and_usage.InvoiceIssuerName,
        allocated.list_cost as ListCost,
        focus_cost_and_usage.ListUnitPrice,
        focus_cost_and_usage.PricingCategory,
        focus_cost_and_usage.PricingCurrency,
        focus_cost_and_usage.PricingCurrencyContractedUnitPrice,
        {{ split_amount(
            'focus_cost_and_usage.PricingCurrencyEffectiveCost',
            double_from_decimal('focus_cost_and_usage.PricingCurrencyEffectiveCost'),
            'allocated.share_from',
            'allocated.share_to'
        ) }} as PricingCurrencyEffectiveCost,
        focus_cost_and_usage.PricingCurrencyListUnitPrice,
        {{ split_amount(
            'focus_cost_and_usage.PricingQuantity',
            double_from_decimal('focus_cost_and_usage.PricingQuantity'),
            'allocated.share_from',
            'allocated.share_to'
        ) }} as PricingQuantity,
        focus_cost_and_usage.PricingUnit,
        focus_cost_and_usage.RegionId,
        focus_cost_and_usage.RegionName,
        focus_cost_and_usage.ResourceId,
        focus_cost_and_usage.ResourceName,
        focus_cost_and_usage.ResourceType,
        focus_cost_and_usage.ServiceCategory,
        focus_cost_and_usage.ServiceName,
        focus_cost_and_usage.ServiceProviderName,
        focus_cost_and_usage.ServiceSubcategory,
        focus_cost_and_usage.SkuId,
        focus_cost_and_usage.SkuMeter,
        focus_cost_and_usage.SkuPriceDetails,
        focus_cost_and_usage.SkuPriceId,
        focus_cost_and_usage.SubAccountId,
        focus_cost_and_usage.SubAccountName,
        focus_cost_and_usage.SubAccountType,
        focus_cost_and_usage.Tags,
        allocated.allocation_method as x_allocation_method,
        allocated.attribution_method as x_attribution_method,
        focus_cost_and_usage.x_billing_period,
        focus_cost_and_usage.x_charge_date,
        focus_cost_and_usage.x_charge_id,
        focus_cost_and_usage.x_cost_state,
        focus_cost_and_usage.x_delivery_id,
        allocated.domain_id as x_domain_id,
        focus_cost_and_usage.x_identity_id,
        allocated.pool_id as x_pool_id,
        allocated.pool_version as x_pool_version,
        focus_cost_and_usage.x_provider_columns,
        allocated.reason as x_reason,
        allocated.rule_id as x_rule_id,
        allocated.rule_version as x_rule_version,
        allocated.share_from as x_share_from,
        allocated.share_to as x_share_to,
        focus_cost_and_usage.x_source_changes,
        focus_cost_and_usage.x_source_file,
        focus_cost_and_usage.x_source_id,
        focus_cost_and_usage.x_source_row
    from allocated
    inner join focus_cost_and_usage
        on
            allocated.source_id = focus_cost_and_usage.x_source_id
            and allocated.billing_period = focus_cost_and_usage.x_billing_period
            and allocated.charge_id = focus_cost_and_usage.x_charge_id

)

select * from final
