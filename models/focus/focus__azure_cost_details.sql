-- one row per amortised row, per commitment that was bought or given back, and per remainder between the two exports
with charged_rows as (
    select * from {{ ref('int_azure_cost_details__rows') }}
    where is_charge
),

carriers as (
    select * from {{ ref('int_azure_cost_details__rows') }}
),

remainders as (
    select * from {{ ref('int_azure_cost_details__remainders') }}
),

meters as (
    select * from {{ ref('int_azure_cost_details__meters') }}
),

tag_sets as (
    select * from {{ ref('int_tag_sets') }}
    where tags_form = 'azure_tags'
),

services as (
    select * from {{ ref('services') }}
    where provider = 'Microsoft'
),

regions as (
    select * from {{ ref('regions') }}
    where provider = 'Microsoft'
),

left_over as (
    select
        carriers.*,
        remainders.amount as remainder
    from carriers
    inner join remainders
        on
            carriers.x_source_id = remainders.x_source_id
            and carriers.x_billing_period = remainders.x_billing_period
            and carriers.x_charge_id = remainders.x_charge_id
),

lines as (
    select
        charged_rows.*,
        cast(null as decimal(38, 12)) as remainder
    from charged_rows
    union all
    select * from left_over
),

-- ids in lower case: Microsoft writes one id in several cases, and compares them without regard to it
identified as (
    select
        *,
        remainder is not null as is_remainder,
        case when remainder is null then charge_kind else 'remainder' end as line_kind,
        case when is_commitment and remainder is null then lower(coalesce(benefit_id, reservation_id)) end
            as commitment_id,
        case when remainder is null then lower(resource_id) end as native_resource_id,
        case when remainder is null then lower(replace(resource_location, ' ', '')) end as region_key,
        remainder is null and lower(publisher_type) = 'marketplace' as is_marketplace,
        remainder is null and lower(publisher_type) = 'aws' as is_of_aws,
        coalesce(billing_profile_id, billing_account_id, lower(subscription_id)) as account_id,
        coalesce(charge_date, billing_period_start, run_start) as charge_start,
        coalesce(billing_period_start, run_start) as period_start,
        case when billing_period_start is null then run_end else billing_period_end end as last_day,
        coalesce(pricing_currency, billing_currency) <> billing_currency
        and exchange_rate is not null and cost_in_pricing_currency is not null as is_priced_in_another_currency
    from lines
),

typed as (
    select
        *,
        coalesce(
            {{ regexp_group('native_resource_id', "'.*/providers/([^/]+/[^/]+)/'") }}, resource_type, consumed_service
        ) as type_of_resource,
        -- the last day is inclusive, but for some calendar months, whose end is the first day of the next
        case
            when last_day is null then period_start + interval '1' month
            when last_day = period_start + interval '1' month and last_day = date_trunc('month', last_day) then last_day
            else last_day + interval '1' day
        end as period_end,
        line_kind in ('usage', 'unused') as is_usage,
        line_kind in ('purchase', 'refund') as is_purchase
    from identified
),

joined as (
    select
        typed.*,
        tag_sets.tags as canonical_tags,
        tag_sets.changes as tag_changes,
        meters.block_size,
        meters.share_of_block,
        meters.unit,
        meters.block_unit,
        meters.price_details,
        coalesce(services_of_type.service_name, services_of_consumed.service_name, services_of_meter.service_name)
            as known_service,
        coalesce(
            services_of_type.service_category, services_of_consumed.service_category, services_of_meter.service_category
        ) as known_category,
        coalesce(
            services_of_type.service_subcategory,
            services_of_consumed.service_subcategory,
            services_of_meter.service_subcategory
        ) as known_subcategory,
        regions.region_name as known_region_name
    from typed
    left join meters
        on
            coalesce(typed.unit_of_measure, '') = meters.unit_of_measure
            and coalesce(typed.additional_info, '') = meters.additional_info
    left join tag_sets
        on typed.tags_text = tag_sets.tags_text
    left join services as services_of_type
        on typed.type_of_resource = services_of_type.service_code
    left join services as services_of_consumed
        on typed.consumed_service = services_of_consumed.service_code
    left join services as services_of_meter
        on typed.meter_category = services_of_meter.service_code
    left join regions
        on typed.region_key = regions.region_id
),

-- some exports count quantities in the block of the price (10K), others in its single unit: the row's own cost says
-- which of the two is nearer, as a ratio, for blocks are ten and more times a unit, and discounts less
counted as (
    select
        *,
        case
            when block_size = 1 then true
            when coalesce(cost, 0) = 0 or coalesce(unit_price, 0) <= 0 then false
            else
                abs({{ double_from_decimal('unit_price') }} * {{ double_from_decimal('quantity') }})
                < abs({{ double_from_decimal('coalesce(cost_in_pricing_currency, cost)') }})
                * sqrt({{ double_from_decimal('block_size') }})
        end as is_in_blocks,
        case
            when coalesce(unit_price, 0) <= 0 then null
            when is_priced_in_another_currency then {{ decimal_product('unit_price', 'exchange_rate') }}
            when coalesce(pricing_currency, billing_currency) = billing_currency then unit_price
        end as contracted_price,
        case
            when coalesce(retail_price, 0) <= 0 then null
            when is_priced_in_another_currency then {{ decimal_product('retail_price', 'exchange_rate') }}
            when coalesce(pricing_currency, billing_currency) = billing_currency then retail_price
        end as list_price
    from joined
),

measured as (
    select
        *,
        case when is_in_blocks then quantity else {{ decimal_product('quantity', 'share_of_block') }} end
            as block_quantity,
        case when is_in_blocks then {{ decimal_product('quantity', 'block_size') }} else quantity end
            as single_quantity
    from counted
),

-- a price is one when there is a quantity to multiply it with; of a purchase, when it gives what was paid
priced as (
    select
        *,
        coalesce(
            line_kind in ('usage', 'purchase') and contracted_price is not null and block_quantity is not null
            and block_unit is not null and coalesce(part_number, product_id, meter_id) is not null
            and (
                line_kind = 'usage'
                or not {{ is_not_product('billed_cost', 'contracted_price', 'block_quantity') }}
            ),
            false
        ) as is_priced
    from measured
),

costed as (
    select
        *,
        case
            when line_kind = 'unused' or remainder is not null then 0
            when is_commitment and is_purchase then billed_cost
            -- the price of the file is rounded, the cost is not
            when
                is_priced
                and (is_commitment or {{ is_not_product('effective_cost', 'contracted_price', 'block_quantity') }})
                then {{ decimal_product('contracted_price', 'block_quantity') }}
            else effective_cost
        end as contracted_cost
    from priced
),

listed as (
    select
        *,
        case
            when line_kind <> 'usage' then contracted_cost
            when retail_cost <> 0 then retail_cost
            when is_priced and list_price is not null and list_price <> contracted_price
                then {{ decimal_product('list_price', 'block_quantity') }}
            else contracted_cost
        end as list_cost,
        case
            when is_commitment and is_purchase and is_of_savings_plan then billed_cost
            when is_commitment and is_purchase then null
            when line_kind in ('usage', 'unused') and is_commitment and is_of_savings_plan then effective_cost
            when line_kind = 'usage' and is_commitment then single_quantity
        end as applied_quantity
    from costed
),

final as (
    select
        -- the export does not split cost
        cast(null as varchar) as AllocatedMethodDetails,
        cast(null as varchar) as AllocatedMethodId,
        cast(null as varchar) as AllocatedResourceId,
        cast(null as varchar) as AllocatedResourceName,
        cast(null as varchar) as AllocatedTags,
        -- a column that only connected accounts of other clouds fill, with texts that are no zones
        cast(null as varchar) as AvailabilityZone,
        cast(coalesce(remainder, billed_cost) as decimal(38, 12)) as BilledCost,
        account_id as BillingAccountId,
        case
            when account_id = billing_profile_id then coalesce(billing_profile_name, billing_account_name)
            when account_id = billing_account_id then billing_account_name
            else subscription_name
        end as BillingAccountName,
        case
            when billing_profile_id <> billing_account_id then 'Billing Profile'
            when coalesce(billing_profile_id, billing_account_id) is not null then 'Billing Account'
            else 'Subscription'
        end as BillingAccountType,
        billing_currency as BillingCurrency,
        period_end as BillingPeriodEnd,
        period_start as BillingPeriodStart,
        -- capacity reservations are not told from other charges of their type
        cast(null as varchar) as CapacityReservationId,
        cast(null as varchar) as CapacityReservationStatus,
        case
            when is_usage then 'Usage'
            when is_purchase then 'Purchase'
            when line_kind = 'tax' then 'Tax'
            when line_kind = 'credit' then 'Credit'
            else 'Adjustment'
        end as ChargeCategory,
        -- a refund of the month itself corrects nothing that was invoiced
        case when line_kind = 'refund' and charge_start < period_start then 'Correction' end as ChargeClass,
        coalesce(product_name, meter_name, meter_category, benefit_name, reservation_name, charge_type, 'Unspecified')
            as ChargeDescription,
        case
            when is_usage then 'Usage-Based'
            when lower(frequency) = 'recurring' then 'Recurring'
            when lower(frequency) = 'usagebased' and not is_remainder then 'Usage-Based'
            else 'One-Time'
        end as ChargeFrequency,
        -- a row of a monthly export is what was used in the whole month
        case
            when granularity = 'monthly' and charge_start < period_end and is_usage then period_end
            else charge_start + interval '1' day
        end as ChargePeriodEnd,
        charge_start as ChargePeriodStart,
        case when commitment_id is null then null when is_of_savings_plan then 'Spend' else 'Usage' end
            as CommitmentDiscountCategory,
        commitment_id as CommitmentDiscountId,
        case when commitment_id is not null then coalesce(benefit_name, reservation_name) end as CommitmentDiscountName,
        case when commitment_id is not null and is_priced then applied_quantity end as CommitmentDiscountQuantity,
        case
            when commitment_id is null or not is_usage then null
            when line_kind = 'unused' then 'Unused'
            else 'Used'
        end as CommitmentDiscountStatus,
        case when commitment_id is null then null when is_of_savings_plan then 'Savings Plan' else 'Reservation' end
            as CommitmentDiscountType,
        case
            when commitment_id is null or not is_priced or applied_quantity is null then null
            when is_of_savings_plan then billing_currency
            else unit
        end as CommitmentDiscountUnit,
        -- the export does not say which programs a charge is eligible for
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        case when line_kind = 'usage' and is_priced then single_quantity end as ConsumedQuantity,
        case when line_kind = 'usage' and is_priced and single_quantity is not null then unit end as ConsumedUnit,
        -- the export names no contract
        cast(null as varchar) as ContractApplied,
        cast(contracted_cost as decimal(38, 12)) as ContractedCost,
        case when is_priced then contracted_price end as ContractedUnitPrice,
        cast(case when remainder is null then effective_cost else 0 end as decimal(38, 12)) as EffectiveCost,
        case when is_of_aws then 'AWS' else 'Microsoft' end as HostProviderName,
        -- invoices are named, their lines are not
        cast(null as varchar) as InvoiceDetailId,
        invoice_id as InvoiceId,
        coalesce(partner_name, 'Microsoft') as InvoiceIssuerName,
        cast(list_cost as decimal(38, 12)) as ListCost,
        case when is_priced then coalesce(list_price, contracted_price) end as ListUnitPrice,
        case
            when not is_priced then null
            when line_kind = 'purchase' then 'Standard'
            when is_commitment then 'Committed'
            when lower(pricing_model) = 'spot' then 'Dynamic'
            else 'Standard'
        end as PricingCategory,
        case when is_priced_in_another_currency then pricing_currency else billing_currency end as PricingCurrency,
        case
            when is_priced and is_priced_in_another_currency then unit_price
            when is_priced then contracted_price
        end as PricingCurrencyContractedUnitPrice,
        cast(
            case
                when remainder is not null or effective_cost = 0 then 0
                when is_priced_in_another_currency then cost_in_pricing_currency
                else effective_cost
            end as decimal(38, 12)
        ) as PricingCurrencyEffectiveCost,
        case
            when is_priced and is_priced_in_another_currency then coalesce(nullif(retail_price, 0), unit_price)
            when is_priced then coalesce(list_price, contracted_price)
        end as PricingCurrencyListUnitPrice,
        case when is_priced then block_quantity end as PricingQuantity,
        case when is_priced then block_unit end as PricingUnit,
        case when region_key <> 'unassigned' and region_key <> 'unknown' then region_key end as RegionId,
        case
            when region_key <> 'unassigned' and region_key <> 'unknown'
                then coalesce(known_region_name, resource_location)
        end as RegionName,
        case
            when (line_kind = 'unused' or is_purchase) and commitment_id is not null then commitment_id
            else native_resource_id
        end as ResourceId,
        case
            when (line_kind = 'unused' or is_purchase) and commitment_id is not null
                then coalesce(benefit_name, reservation_name)
            when native_resource_id is not null
                then coalesce(resource_name, nullif({{ regexp_group('resource_id', "'([^/]+)$'") }}, resource_id))
        end as ResourceName,
        case
            when (line_kind = 'unused' or is_purchase) and commitment_id is not null and is_of_savings_plan
                then 'savings plan'
            when (line_kind = 'unused' or is_purchase) and commitment_id is not null then 'reservation'
            when native_resource_id is not null then coalesce(type_of_resource, 'resource')
        end as ResourceType,
        case when is_marketplace or is_remainder then 'Other' else coalesce(known_category, 'Other') end
            as ServiceCategory,
        case
            when is_remainder then 'Unspecified'
            when is_marketplace then coalesce(product_name, publisher_name, 'Azure Marketplace')
            else coalesce(known_service, meter_category, consumed_service, 'Unspecified')
        end as ServiceName,
        case
            when is_of_aws then 'AWS'
            when is_marketplace then coalesce(publisher_name, 'Azure Marketplace')
            else 'Microsoft'
        end as ServiceProviderName,
        case
            when is_marketplace or is_remainder then 'Other (Other)'
            else coalesce(known_subcategory, 'Other (Other)')
        end as ServiceSubcategory,
        case when line_kind in ('usage', 'purchase') then coalesce(product_id, meter_id, part_number) end as SkuId,
        case
            when line_kind in ('usage', 'purchase') and coalesce(product_id, meter_id, part_number) is not null
                -- what is bought has no meter: the product says what it is
                then coalesce(meter_name, product_name)
        end as SkuMeter,
        case when is_priced then price_details end as SkuPriceDetails,
        case when is_priced then coalesce(part_number, product_id, meter_id) end as SkuPriceId,
        case when subscription_id is not null then concat('/subscriptions/', lower(subscription_id)) end
            as SubAccountId,
        case when subscription_id is not null then subscription_name end as SubAccountName,
        case when subscription_id is not null then 'Subscription' end as SubAccountType,
        case when not is_remainder then canonical_tags end as Tags,
        x_billing_period,
        cast(charge_start as date) as x_charge_date,
        -- the three low bits of a charge id number the FOCUS rows of one native row
        x_charge_id + case when remainder is null then 0 else 1 end as x_charge_id,
        {{ cost_state('invoice_id', 'is_final') }} as x_cost_state,
        x_delivery_id,
        case when not is_remainder then extra_columns end as x_provider_columns,
        {{ change_list({
            'commitment_purchase_from_actual_cost': "data_set = 'ActualCost' and not is_remainder",
            'actual_and_amortised_differ': 'is_remainder',
            'charge_type_unknown': "line_kind = 'unknown'",
            'charge_date_missing': 'charge_date is null',
            'billing_period_from_export': 'billing_period_start is null',
            'commitment_quantity_unknown':
                "commitment_id is not null and (not is_priced or applied_quantity is null)",
            'id_in_lower_case': "not is_remainder and (lower(resource_id) <> resource_id"
                ~ " or lower(benefit_id) <> benefit_id or lower(subscription_id) <> subscription_id)",
            'quantity_in_blocks': 'is_priced and block_size <> 1 and is_in_blocks',
            'quantity_in_single_units': 'is_priced and block_size <> 1 and not is_in_blocks',
            'list_cost_is_not_price_times_quantity': 'is_priced and '
                ~ is_not_product('list_cost', 'coalesce(list_price, contracted_price)', 'block_quantity'),
            'contracted_cost_is_not_price_times_quantity':
                'is_priced and ' ~ is_not_product('contracted_cost', 'contracted_price', 'block_quantity'),
            'price_not_in_bill': "(is_usage or is_purchase) and not is_priced",
            'service_name_missing': "not is_remainder and not is_marketplace"
                ~ ' and coalesce(known_service, meter_category, consumed_service) is null',
            'usage_dataset_alone': "data_set = 'Usage'",
        }, 'case when not is_remainder then tag_changes end') }} as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from listed
)

select * from final
