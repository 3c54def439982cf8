-- one row per instalment of a contract, and one per contract and day
with contract_charges as (
    select * from {{ ref('stg_saas__contracts') }}
),

bounded as (
    select
        *,
        cast(concat(x_billing_period, '-01') as timestamp) as period_start,
        charge = 'instalment' as is_purchase,
        {{ double_from_decimal('instalment_amount') }} as amount_as_double,
        cast(day_number - 1 as double) / day_count as share_from,
        cast(day_number as double) / day_count as share_to
    from contract_charges
),

amortised as (
    select
        *,
        -- the days of an instalment divide it among them: they add up to it to the last digit
        {{ split_amount('instalment_amount', 'amount_as_double', 'share_from', 'share_to') }} as day_amount,
        case when is_purchase then unit_price else {{ decimal_quotient('unit_price', '1', 'day_count') }} end as price
    from bounded
),

final as (
    select
        -- a contract is not split by its vendor
        cast(null as varchar) as AllocatedMethodDetails,
        cast(null as varchar) as AllocatedMethodId,
        cast(null as varchar) as AllocatedResourceId,
        cast(null as varchar) as AllocatedResourceName,
        cast(null as varchar) as AllocatedTags,
        -- a contract has no place
        cast(null as varchar) as AvailabilityZone,
        case when is_purchase then instalment_amount else 0 end as BilledCost,
        contract_id as BillingAccountId,
        -- a contract has a number only
        cast(null as varchar) as BillingAccountName,
        'Contract' as BillingAccountType,
        currency as BillingCurrency,
        period_start + interval '1' month as BillingPeriodEnd,
        period_start as BillingPeriodStart,
        -- a contract reserves no capacity
        cast(null as varchar) as CapacityReservationId,
        cast(null as varchar) as CapacityReservationStatus,
        case when is_purchase then 'Purchase' else 'Usage' end as ChargeCategory,
        -- a contract that changes replaces its months
        cast(null as varchar) as ChargeClass,
        case
            when is_purchase then concat('Instalment ', instalment, ' of ', instalment_count, ': ', product)
            else product
        end
            as ChargeDescription,
        case when not is_purchase then 'Usage-Based' when instalment_count > 1 then 'Recurring' else 'One-Time' end
            as ChargeFrequency,
        charge_date + interval '1' day as ChargePeriodEnd,
        charge_date as ChargePeriodStart,
        -- seats paid in advance are a purchase, not a commitment to use
        cast(null as varchar) as CommitmentDiscountCategory,
        cast(null as varchar) as CommitmentDiscountId,
        cast(null as varchar) as CommitmentDiscountName,
        cast(null as decimal(38, 12)) as CommitmentDiscountQuantity,
        cast(null as varchar) as CommitmentDiscountStatus,
        cast(null as varchar) as CommitmentDiscountType,
        cast(null as varchar) as CommitmentDiscountUnit,
        -- a contract names no programs
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        case when not is_purchase then seats end as ConsumedQuantity,
        case when not is_purchase then 'Seat-Days' end as ConsumedUnit,
        case
            when not is_purchase
                then concat(
                    '{"Elements":[{"ContractId":', {{ json_string('contract_id') }},
                    ',"ContractCommitmentId":', {{ json_string('commitment_id') }},
                    ',"AppliedQuantity":', cast(seats as varchar), ',"AppliedUnit":"Seat-Days"}]}'
                )
        end as ContractApplied,
        case when is_purchase then instalment_amount else day_amount end as ContractedCost,
        price as ContractedUnitPrice,
        case when is_purchase then 0 else day_amount end as EffectiveCost,
        vendor as HostProviderName,
        -- an instalment is one line of its invoice
        cast(null as varchar) as InvoiceDetailId,
        -- days are covered by the purchase: they are on no invoice
        case when is_purchase then invoice end as InvoiceId,
        vendor as InvoiceIssuerName,
        -- the vendor's list price is not in the contract: the price that was agreed stands for it
        case when is_purchase then instalment_amount else day_amount end as ListCost,
        price as ListUnitPrice,
        'Standard' as PricingCategory,
        currency as PricingCurrency,
        price as PricingCurrencyContractedUnitPrice,
        case when is_purchase then 0 else day_amount end as PricingCurrencyEffectiveCost,
        price as PricingCurrencyListUnitPrice,
        seats as PricingQuantity,
        case when is_purchase then 'Seats' else 'Seat-Days' end as PricingUnit,
        -- a contract has no place
        cast(null as varchar) as RegionId,
        cast(null as varchar) as RegionName,
        contract_id as ResourceId,
        -- a contract has a number only
        cast(null as varchar) as ResourceName,
        'Contract' as ResourceType,
        'Business Applications' as ServiceCategory,
        product as ServiceName,
        vendor as ServiceProviderName,
        'Other (Business Applications)' as ServiceSubcategory,
        product as SkuId,
        'Seats' as SkuMeter,
        -- a product has a name only
        cast(null as varchar) as SkuPriceDetails,
        concat(contract_id, '/', product) as SkuPriceId,
        -- a contract has no accounts below it
        cast(null as varchar) as SubAccountId,
        cast(null as varchar) as SubAccountName,
        cast(null as varchar) as SubAccountType,
        -- a contract has no tags
        cast(null as varchar) as Tags,
        x_billing_period,
        cast(charge_date as date) as x_charge_date,
        x_charge_id,
        {{ cost_state('invoice', 'false') }} as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        {{ change_list({
            'instalment_of_contract': 'is_purchase',
            'amortised_by_day': 'not is_purchase',
        }) }}
            as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from amortised
)

select * from final
