-- one row per result of Anthropic's cost report; a day without results gives none
with results as (
    select * from {{ ref('stg_anthropic__costs') }}
    where cost is not null
),

classified as (
    select
        *,
        cast(concat(x_billing_period, '-01') as timestamp) as period_start,
        case when cost < 0 then 'Credit' else 'Usage' end as charge_category
    from results
),

final as (
    select
        -- the vendor does not split cost
        cast(null as varchar) as AllocatedMethodDetails,
        cast(null as varchar) as AllocatedMethodId,
        cast(null as varchar) as AllocatedResourceId,
        cast(null as varchar) as AllocatedResourceName,
        cast(null as varchar) as AllocatedTags,
        -- the report has no zones
        cast(null as varchar) as AvailabilityZone,
        cost as BilledCost,
        -- the report does not name the organization: the source stands for it
        x_source_id as BillingAccountId,
        cast(null as varchar) as BillingAccountName,
        'Organization' as BillingAccountType,
        currency as BillingCurrency,
        period_start + interval '1' month as BillingPeriodEnd,
        period_start as BillingPeriodStart,
        -- the report names no reservations and no commitments
        cast(null as varchar) as CapacityReservationId,
        cast(null as varchar) as CapacityReservationStatus,
        charge_category as ChargeCategory,
        -- amounts of a day change until the month ends; what is invoiced is not corrected
        cast(null as varchar) as ChargeClass,
        coalesce(cost_description, cost_type, 'Claude API') as ChargeDescription,
        case charge_category when 'Usage' then 'Usage-Based' else 'One-Time' end as ChargeFrequency,
        end_time as ChargePeriodEnd,
        start_time as ChargePeriodStart,
        -- the report names no commitments
        cast(null as varchar) as CommitmentDiscountCategory,
        cast(null as varchar) as CommitmentDiscountId,
        cast(null as varchar) as CommitmentDiscountName,
        cast(null as decimal(38, 12)) as CommitmentDiscountQuantity,
        cast(null as varchar) as CommitmentDiscountStatus,
        cast(null as varchar) as CommitmentDiscountType,
        cast(null as varchar) as CommitmentDiscountUnit,
        -- the report names no programs
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        -- no quantities and no prices in the report; the usage report, with tokens, shares no key with it
        cast(null as decimal(38, 12)) as ConsumedQuantity,
        cast(null as varchar) as ConsumedUnit,
        -- the report names no contracts
        cast(null as varchar) as ContractApplied,
        cost as ContractedCost,
        -- the report has no prices
        cast(null as decimal(38, 12)) as ContractedUnitPrice,
        cost as EffectiveCost,
        'Anthropic' as HostProviderName,
        -- the report does not name the invoice its costs are on
        cast(null as varchar) as InvoiceDetailId,
        cast(null as varchar) as InvoiceId,
        'Anthropic' as InvoiceIssuerName,
        -- negotiated discounts are in the amounts: the list cost is not known
        cost as ListCost,
        -- without prices there is no pricing category, and no id of a price
        cast(null as decimal(38, 12)) as ListUnitPrice,
        cast(null as varchar) as PricingCategory,
        currency as PricingCurrency,
        cast(null as decimal(38, 12)) as PricingCurrencyContractedUnitPrice,
        cost as PricingCurrencyEffectiveCost,
        cast(null as decimal(38, 12)) as PricingCurrencyListUnitPrice,
        cast(null as decimal(38, 12)) as PricingQuantity,
        cast(null as varchar) as PricingUnit,
        case when inference_geo not in ('global', 'not_available') then inference_geo end as RegionId,
        case when inference_geo not in ('global', 'not_available') then inference_geo end as RegionName,
        -- the report has no resources
        cast(null as varchar) as ResourceId,
        cast(null as varchar) as ResourceName,
        cast(null as varchar) as ResourceType,
        'AI and Machine Learning' as ServiceCategory,
        'Claude API' as ServiceName,
        'Anthropic' as ServiceProviderName,
        'Generative AI' as ServiceSubcategory,
        case
            when charge_category = 'Usage'
                then nullif(concat_ws('/', model, service_tier, coalesce(token_type, cost_type)), '')
        end
            as SkuId,
        -- nothing else of a charge names the model, and batch requests cost less
        case
            when charge_category = 'Usage'
                then nullif(
                    concat_ws(
                        ', ',
                        model,
                        case when service_tier <> 'standard' then service_tier end,
                        coalesce(token_type, cost_type)
                    ),
                    ''
                )
        end
            as SkuMeter,
        -- the report describes what was used in words only
        cast(null as varchar) as SkuPriceDetails,
        cast(null as varchar) as SkuPriceId,
        coalesce(workspace_id, 'default') as SubAccountId,
        case when workspace_id is null then 'Default workspace' end as SubAccountName,
        'Workspace' as SubAccountType,
        -- nothing of Anthropic's is tagged
        cast(null as varchar) as Tags,
        x_billing_period,
        cast(start_time as date) as x_charge_date,
        x_charge_id,
        {{ cost_state('cast(null as varchar)', 'is_final') }} as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        {{ change_list({
            'amount_from_hundredths': 'true',
            'price_not_in_bill': "charge_category = 'Usage'",
            'workspace_is_default': 'workspace_id is null',
        }) }}
            as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from classified
)

select * from final
