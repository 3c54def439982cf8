-- one row per line of a bill: a line item, the unused part of a commitment fee, or a remainder of lines that cancel out
with lines as (
    select * from {{ ref('int_aws_cur__lines') }}
),

tag_sets as (
    select * from {{ ref('int_tag_sets') }}
),

services as (
    select * from {{ ref('services') }}
    where provider = 'AWS'
),

regions as (
    select * from {{ ref('regions') }}
    where provider = 'AWS'
),

units as (
    select * from {{ ref('units') }}
),

skus as (
    select * from {{ ref('int_aws_cur__skus') }}
),

classified as (
    select
        *,
        case
            when line_role <> 'charge' then line_role
            when line_item_type = 'Usage' then 'usage'
            when line_item_type in ('SavingsPlanCoveredUsage', 'DiscountedUsage') then 'covered'
            when line_item_type in ('SavingsPlanRecurringFee', 'RIFee') then 'commitment_fee'
            when line_item_type = 'SavingsPlanUpfrontFee' then 'commitment_upfront'
            when line_item_type = 'Fee' and reservation_arn is not null then 'commitment_upfront'
            when line_item_type = 'Fee' then 'fee'
            when line_item_type = 'Tax' then 'tax'
            when line_item_type = 'Credit' then 'credit'
            when line_item_type = 'Refund' then 'refund'
            when line_item_type like '%Discount' then 'discount'
            else 'unknown'
        end as line_kind,
        coalesce(savings_plan_arn, reservation_arn) as commitment_id,
        -- AWS gives no amortised cost for reservations of some services and of Dedicated Hosts; landing sees to it that
        -- it does for all rows of a reservation or for none
        case line_item_type
            when 'DiscountedUsage' then covered_cost is null
            when 'RIFee'
                then
                    coalesce(
                        reservation_unused_upfront, reservation_unused_recurring,
                        reservation_net_unused_upfront, reservation_net_unused_recurring
                    ) is null
            else false
        end as has_no_amortised_cost,
        billing_entity = 'AWS Marketplace' as is_marketplace
    from lines
),

-- the unused part of a commitment belongs to nobody's resource; purchases are of the commitment itself
joined as (
    select
        classified.*,
        classified.line_kind in ('usage', 'covered', 'unused') as is_usage,
        classified.line_kind in ('fee', 'commitment_fee', 'commitment_upfront') as is_purchase,
        classified.line_kind in ('usage', 'covered', 'fee', 'commitment_fee', 'commitment_upfront') as is_priced,
        tag_sets.tags as canonical_tags,
        tag_sets.name_tag,
        tag_sets.changes as tag_changes,
        services.service_name,
        -- FOCUS wants one category per service: disks and gateways of EC2 are told apart by SKU and resource type
        -- models of other makers are sold on the marketplace, each under a code of its own
        case
            when services.service_category is not null then services.service_category
            when
                classified.is_marketplace
                and {{ json_value('classified.product', 'product_name') }} like '%(Amazon Bedrock Edition)'
                then 'AI and Machine Learning'
            else 'Other'
        end as service_category,
        case
            when services.service_subcategory is not null then services.service_subcategory
            when
                classified.is_marketplace
                and {{ json_value('classified.product', 'product_name') }} like '%(Amazon Bedrock Edition)'
                then 'Generative AI'
            else 'Other (Other)'
        end as service_subcategory,
        coalesce(regions.region_name, classified.location, classified.region_code) as region_name,
        coalesce(units.unit, classified.pricing_unit) as unit,
        skus.price_details
    from classified
    left join tag_sets
        on
            {{ aws_tags_form('classified') }} = tag_sets.tags_form
            and {{ aws_tags_text('classified') }} = tag_sets.tags_text
    left join services
        on classified.product_code = services.service_code
    left join regions
        on classified.region_code = regions.region_id
    left join units
        on classified.pricing_unit = units.native_unit
    left join skus
        on
            classified.x_source_id = skus.x_source_id
            and classified.x_billing_period = skus.x_billing_period
            and classified.sku = skus.sku
),

measured as (
    select
        *,
        case
            when line_kind = 'unused' then 0
            when line_kind in ('negation_remainder', 'net_remainder') then role_amount
            when line_item_type = 'SavingsPlanCoveredUsage' then 0
            else cash_cost
        end as billed_cost,
        case
            when line_kind = 'unused' then unused_cost
            when line_kind = 'covered' then coalesce(covered_cost, cash_cost)
            when line_kind = 'commitment_fee' and has_no_amortised_cost then cash_cost
            when line_kind in ('commitment_fee', 'commitment_upfront', 'negation_remainder') then 0
            when line_kind = 'net_remainder' then role_amount
            else cash_cost
        end as effective_cost,
        case
            when line_kind = 'unused' then 0
            when line_kind in ('negation_remainder', 'net_remainder') then role_amount
            when line_item_type = 'SavingsPlanCoveredUsage' then unblended_cost
            when line_kind = 'covered' then coalesce(nullif(on_demand_cost, 0), covered_cost, cash_cost)
            else cash_cost
        end as contracted_cost,
        case when is_priced or line_kind = 'unused' then coalesce(rate_code, rate_id, sku, usage_type) end
            as sku_price_id,
        case
            when commitment_id is null then null
            when line_kind = 'unused' and savings_plan_arn is not null then unused_commitment
            when line_kind = 'unused' then reservation_unused_quantity
            when line_kind = 'covered' and savings_plan_arn is not null then savings_plan_effective_cost
            when line_kind = 'covered' then usage_amount
            when line_kind = 'commitment_fee' and savings_plan_arn is not null then savings_plan_total_commitment
            when line_kind = 'commitment_upfront' and savings_plan_arn is not null then unblended_cost
            when is_purchase then coalesce(reservation_total_units, usage_amount)
        end as commitment_quantity
    from joined
),

-- a fee of one unit has its cost as price; a rate of 0 on what costs something is none: reports write 0 for what they
-- do not give. The unused part of a commitment has no price, its price is that of the purchase
contracted as (
    select
        *,
        case
            when not is_priced or sku_price_id is null then null
            when line_item_type = 'DiscountedUsage' then case when on_demand_cost <> 0 then on_demand_rate end
            when is_purchase and usage_amount = 1 and cash_cost >= 0 then cash_cost
            when is_net and line_item_type <> 'SavingsPlanCoveredUsage'
                then case when cash_cost = 0 or net_unblended_rate <> 0 then net_unblended_rate end
            when cash_cost = 0 or unblended_rate <> 0 then unblended_rate
        end as contracted_unit_price
    from measured
),

priced as (
    select
        *,
        case
            when not is_priced or sku_price_id is null then null
            when line_kind in ('usage', 'covered') and on_demand_cost <> 0 then coalesce(on_demand_rate, unblended_rate)
            when line_kind in ('usage', 'covered') then contracted_unit_price
            when usage_amount = 1 and unblended_cost >= 0 then unblended_cost
            when unblended_cost = 0 or unblended_rate <> 0 then unblended_rate
        end as list_unit_price,
        case when is_priced and sku_price_id is not null and coalesce(unit, '') <> '' then usage_amount end
            as pricing_quantity
    from contracted
),

final as (
    select
        -- split cost allocation rows (EKS, ECS) repeat the cost of their parent and carry none themselves
        cast(null as varchar) as AllocatedMethodDetails,
        cast(null as varchar) as AllocatedMethodId,
        cast(null as varchar) as AllocatedResourceId,
        cast(null as varchar) as AllocatedResourceName,
        cast(null as varchar) as AllocatedTags,
        case when line_kind <> 'unused' and availability_zone <> coalesce(region_code, '') then availability_zone end
            as AvailabilityZone,
        cast(billed_cost as decimal(38, 12)) as BilledCost,
        payer_account_id as BillingAccountId,
        payer_account_name as BillingAccountName,
        'Management Account' as BillingAccountType,
        currency_code as BillingCurrency,
        coalesce(billing_period_end, billing_period_start + interval '1' month) as BillingPeriodEnd,
        billing_period_start as BillingPeriodStart,
        case when is_usage then capacity_reservation_arn end as CapacityReservationId,
        case
            when not is_usage or capacity_reservation_arn is null then null
            when lower(capacity_reservation_status) like 'unused%' then 'Unused'
            else 'Used'
        end as CapacityReservationStatus,
        case
            when is_usage then 'Usage'
            when is_purchase then 'Purchase'
            when line_kind = 'tax' then 'Tax'
            when line_kind = 'credit' then 'Credit'
            when line_kind = 'refund' and tax_type is not null then 'Tax'
            when line_kind = 'refund' and commitment_id is not null then 'Purchase'
            when line_kind = 'refund' then 'Usage'
            else 'Adjustment'
        end as ChargeCategory,
        case
            when line_kind = 'refund' and usage_start < billing_period_start then 'Correction'
            when line_kind in ('usage', 'covered') and usage_end <= billing_period_start and cash_cost < 0
                then 'Correction'
        end as ChargeClass,
        line_item_description as ChargeDescription,
        case
            when is_usage then 'Usage-Based'
            when line_kind = 'commitment_fee' then 'Recurring'
            when line_kind = 'fee' and bill_type = 'Anniversary' then 'Recurring'
            else 'One-Time'
        end as ChargeFrequency,
        {{ exclusive_charge_end('usage_start', 'usage_end') }} as ChargePeriodEnd,
        usage_start as ChargePeriodStart,
        case
            when line_kind = 'tax' then null
            when savings_plan_arn is not null then 'Spend'
            when reservation_arn is not null then 'Usage'
        end as CommitmentDiscountCategory,
        case when line_kind <> 'tax' then commitment_id end as CommitmentDiscountId,
        -- reports name no commitment
        cast(null as varchar) as CommitmentDiscountName,
        commitment_quantity as CommitmentDiscountQuantity,
        case
            when commitment_id is null or not is_usage then null
            when line_kind = 'unused' then 'Unused'
            else 'Used'
        end as CommitmentDiscountStatus,
        case
            when line_kind = 'tax' then null
            when savings_plan_arn is not null then 'Savings Plan'
            when reservation_arn is not null then 'Reserved Instance'
        end as CommitmentDiscountType,
        case
            when commitment_quantity is null then null
            when savings_plan_arn is not null then currency_code
            else coalesce(unit, 'Hours')
        end as CommitmentDiscountUnit,
        -- the report does not say which programs a charge is eligible for
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        case when line_kind in ('usage', 'covered') and unit is not null then usage_amount end as ConsumedQuantity,
        case when line_kind in ('usage', 'covered') and usage_amount is not null then unit end as ConsumedUnit,
        -- the report names no contract
        cast(null as varchar) as ContractApplied,
        cast(contracted_cost as decimal(38, 12)) as ContractedCost,
        contracted_unit_price as ContractedUnitPrice,
        cast(effective_cost as decimal(38, 12)) as EffectiveCost,
        'AWS' as HostProviderName,
        -- the report has invoice ids, no ids of invoice lines
        cast(null as varchar) as InvoiceDetailId,
        invoice_id as InvoiceId,
        coalesce(invoicing_entity, 'Amazon Web Services, Inc.') as InvoiceIssuerName,
        cast(
            case
                when line_kind in ('usage', 'covered') then coalesce(nullif(on_demand_cost, 0), contracted_cost)
                when is_purchase then unblended_cost
                else contracted_cost
            end as decimal(38, 12)
        ) as ListCost,
        list_unit_price as ListUnitPrice,
        case
            when line_kind = 'unused' then 'Committed'
            when sku_price_id is null then null
            when line_kind = 'covered' then 'Committed'
            when pricing_term = 'Spot' or usage_type like '%SpotUsage%' then 'Dynamic'
            else 'Standard'
        end as PricingCategory,
        coalesce(pricing_currency, currency_code) as PricingCurrency,
        -- prices are in the billing currency, and so are these
        contracted_unit_price as PricingCurrencyContractedUnitPrice,
        cast(effective_cost as decimal(38, 12)) as PricingCurrencyEffectiveCost,
        list_unit_price as PricingCurrencyListUnitPrice,
        pricing_quantity as PricingQuantity,
        case when pricing_quantity is not null then unit end as PricingUnit,
        region_code as RegionId,
        case when region_code is not null then region_name end as RegionName,
        case
            when line_kind = 'unused' or is_purchase then coalesce(commitment_id, resource_id)
            else resource_id
        end as ResourceId,
        case
            when resource_id is not null and not (line_kind = 'unused' or (is_purchase and commitment_id is not null))
                then name_tag
        end as ResourceName,
        coalesce(
            case
                when (line_kind = 'unused' or is_purchase) and savings_plan_arn is not null then 'savingsplan'
                when (line_kind = 'unused' or is_purchase) and reservation_arn is not null then 'reserved-instances'
                when resource_id like 'arn:%'
                    then nullif({{ regexp_group('resource_id', "'^arn:[^:]*:[^:]*:[^:]*:[^:]*:([^:/]+)[:/]'") }}, '')
                when resource_id like 'i-%' then 'instance'
                when resource_id like 'vol-%' then 'volume'
                when resource_id like 'nat-%' then 'natgateway'
            end,
            case
                when resource_id is null then null
                when product_code = 'AmazonS3' then 'bucket'
                else coalesce(product_family, product_code, 'resource')
            end
        ) as ResourceType,
        service_category as ServiceCategory,
        coalesce(
            service_name,
            {{ json_value('product', 'product_name') }},
            product_code,
            'Unspecified'
        ) as ServiceName,
        case
            when is_marketplace and not {{ is_same_company('legal_entity', "'AWS'") }} then legal_entity
            when is_marketplace and legal_entity is null then 'AWS Marketplace'
            else 'AWS'
        end as ServiceProviderName,
        service_subcategory as ServiceSubcategory,
        -- a report without the column still says what was metered
        case when is_priced then coalesce(sku, usage_type) end as SkuId,
        case when is_priced then usage_type end as SkuMeter,
        case when line_kind in ('usage', 'covered') then price_details end as SkuPriceDetails,
        sku_price_id as SkuPriceId,
        usage_account_id as SubAccountId,
        usage_account_name as SubAccountName,
        case when usage_account_id = payer_account_id then 'Management Account' else 'Member Account' end
            as SubAccountType,
        canonical_tags as Tags,
        x_billing_period,
        cast(usage_start as date) as x_charge_date,
        -- the three low bits of a charge id number the FOCUS rows of one native row
        x_charge_id + case line_kind
            when 'unused' then 1
            when 'negation_remainder' then 2
            when 'net_remainder' then 3
            else 0
        end as x_charge_id,
        {{ cost_state('invoice_id', 'is_final') }} as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        {{ change_list({
            'savings_plan_negation_netted': "line_item_type = 'SavingsPlanCoveredUsage' and line_kind = 'covered'",
            'unused_commitment_split_off': "line_kind = 'unused'",
            'negation_remainder': "line_kind = 'negation_remainder'",
            'net_remainder': "line_kind = 'net_remainder'",
            'net_of_discounts': 'is_net and cash_cost <> unblended_cost',
            'line_item_type_unknown': "line_kind = 'unknown'",
            'sku_from_usage_type': 'is_priced and sku is null and usage_type is not null',
            'amortised_cost_not_in_bill': "line_kind = 'covered' and has_no_amortised_cost",
            'commitment_fee_not_amortised': "line_kind = 'refund' and commitment_id is not null and tax_type is null"
                ~ " or line_kind = 'commitment_fee' and has_no_amortised_cost",
            'commitment_quantity_unknown': "commitment_id is not null and commitment_quantity is null"
                ~ " and (is_usage or is_purchase or line_kind = 'refund')",
            'price_not_in_bill': "(is_usage or is_purchase or line_kind = 'refund')"
                ~ ' and (contracted_unit_price is null or list_unit_price is null or pricing_quantity is null)',
        }, 'tag_changes') }} as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from priced
)

select * from final
