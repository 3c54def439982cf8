-- one row per result of OpenAI's daily costs; a day without results gives none
with results as (
    select * from {{ ref('stg_openai__costs') }}
    where amount is not null
),

units as (
    select
        *,
        cast(concat(x_billing_period, '-01') as timestamp) as period_start,
        -- a line item is `model, input`, `model, cached input`, `model, output` or the name of a service
        case
            when lower(quantity_unit) in ('token', 'tokens') then 'Tokens'
            when quantity_unit is not null then quantity_unit
            when line_item like '%, input' or line_item like '%, cached input' or line_item like '%, output'
                then 'Tokens'
        end as consumed_unit
    from results
),

classified as (
    select
        *,
        case when amount < 0 then 'Credit' else 'Usage' end as charge_category,
        coalesce(amount >= 0 and quantity > 0 and consumed_unit is not null and line_item is not null, false)
            as is_metered
    from units
),

priced as (
    select
        *,
        -- the costs have no prices: what was paid per unit, on average over the day
        case when is_metered then {{ average_price('amount', 'quantity') }} end as unit_price
    from classified
),

final as (
    select
        -- the vendor does not split cost
        cast(null as varchar) as AllocatedMethodDetails,
        cast(null as varchar) as AllocatedMethodId,
        cast(null as varchar) as AllocatedResourceId,
        cast(null as varchar) as AllocatedResourceName,
        cast(null as varchar) as AllocatedTags,
        -- the costs have no places
        cast(null as varchar) as AvailabilityZone,
        amount as BilledCost,
        -- the organization is only named in pulls of recent versions of the API
        coalesce(organization_id, x_source_id) as BillingAccountId,
        organization_name as BillingAccountName,
        'Organization' as BillingAccountType,
        currency as BillingCurrency,
        period_start + interval '1' month as BillingPeriodEnd,
        period_start as BillingPeriodStart,
        -- the costs name no reservations and no commitments
        cast(null as varchar) as CapacityReservationId,
        cast(null as varchar) as CapacityReservationStatus,
        charge_category as ChargeCategory,
        -- amounts of a day change until the month ends; what is invoiced is not corrected
        cast(null as varchar) as ChargeClass,
        coalesce(line_item, 'OpenAI API') as ChargeDescription,
        case charge_category when 'Usage' then 'Usage-Based' else 'One-Time' end as ChargeFrequency,
        end_time as ChargePeriodEnd,
        start_time as ChargePeriodStart,
        -- the costs name no commitments
        cast(null as varchar) as CommitmentDiscountCategory,
        cast(null as varchar) as CommitmentDiscountId,
        cast(null as varchar) as CommitmentDiscountName,
        cast(null as decimal(38, 12)) as CommitmentDiscountQuantity,
        cast(null as varchar) as CommitmentDiscountStatus,
        cast(null as varchar) as CommitmentDiscountType,
        cast(null as varchar) as CommitmentDiscountUnit,
        -- the costs name no programs
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        case when is_metered then quantity end as ConsumedQuantity,
        case when is_metered then consumed_unit end as ConsumedUnit,
        -- the costs name no contracts
        cast(null as varchar) as ContractApplied,
        amount as ContractedCost,
        unit_price as ContractedUnitPrice,
        amount as EffectiveCost,
        'OpenAI' as HostProviderName,
        -- the costs do not name the invoice they are on
        cast(null as varchar) as InvoiceDetailId,
        cast(null as varchar) as InvoiceId,
        'OpenAI' as InvoiceIssuerName,
        -- negotiated discounts are in the amounts: the list cost is not known
        amount as ListCost,
        unit_price as ListUnitPrice,
        case when is_metered then 'Standard' end as PricingCategory,
        currency as PricingCurrency,
        unit_price as PricingCurrencyContractedUnitPrice,
        amount as PricingCurrencyEffectiveCost,
        unit_price as PricingCurrencyListUnitPrice,
        case when is_metered then quantity end as PricingQuantity,
        case when is_metered then consumed_unit end as PricingUnit,
        -- the costs have no places
        cast(null as varchar) as RegionId,
        cast(null as varchar) as RegionName,
        api_key_id as ResourceId,
        -- an API key's name is not in the costs
        cast(null as varchar) as ResourceName,
        case when api_key_id is not null then 'API Key' end as ResourceType,
        'AI and Machine Learning' as ServiceCategory,
        'OpenAI API' as ServiceName,
        'OpenAI' as ServiceProviderName,
        'Generative AI' as ServiceSubcategory,
        case when charge_category = 'Usage' then line_item end as SkuId,
        case when charge_category = 'Usage' then line_item end as SkuMeter,
        -- a line item is described in words only
        cast(null as varchar) as SkuPriceDetails,
        case when is_metered then line_item end as SkuPriceId,
        project_id as SubAccountId,
        case when project_id is not null then project_name end as SubAccountName,
        case when project_id is not null then 'Project' end as SubAccountType,
        -- nothing of OpenAI's is tagged
        cast(null as varchar) as Tags,
        x_billing_period,
        cast(start_time as date) as x_charge_date,
        x_charge_id,
        {{ cost_state('cast(null as varchar)', 'is_final') }} as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        {{ change_list({
            'billing_account_is_source': 'organization_id is null',
            'price_not_in_bill': "charge_category = 'Usage' and not is_metered",
            'unit_from_line_item': 'is_metered and quantity_unit is null',
            'unit_price_derived': 'is_metered',
        }) }}
            as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from priced
)

select * from final
