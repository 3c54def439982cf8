-- one row per row of the detailed usage cost export
with export_rows as (
    select * from {{ ref('stg_gcp__detailed') }}
),

tag_sets as (
    select * from {{ ref('int_tag_sets') }}
    where tags_form = 'gcp_labels'
),

dimensions as (
    select * from {{ ref('int_gcp_detailed__dimensions') }}
),

units as (
    select * from {{ ref('units') }}
),

parsed as (
    select
        export_rows.*,
        dimensions.service_name,
        dimensions.service_category,
        dimensions.service_subcategory,
        dimensions.sku_id,
        dimensions.sku_description,
        dimensions.project_id,
        dimensions.project_name,
        dimensions.region_id,
        dimensions.region_name,
        dimensions.zone,
        {{ gcp_tags_text('export_rows', 'dimensions.project_labels') }} as tags_text,
        {{ json_value('export_rows.resource', 'global_name') }} as resource_global_name,
        {{ json_value('export_rows.resource', 'name') }} as resource_name,
        {{ json_number('export_rows.usage_details', 'amount') }} as usage_amount_text,
        {{ json_value('export_rows.usage_details', 'unit') }} as usage_unit,
        {{ json_number('export_rows.usage_details', 'amount_in_pricing_units') }} as pricing_amount_text,
        {{ json_value('export_rows.usage_details', 'pricing_unit') }} as pricing_unit,
        {{ json_number('export_rows.price', 'effective_price') }} as effective_price_text,
        {{ json_number('export_rows.price', 'list_price') }} as list_price_text,
        {{ json_value('export_rows.subscription', 'instance_id') }} as subscription_id,
        {{ json_value('export_rows.adjustment_info', 'type') }} as adjustment_type,
        {{ regexp_group('export_rows.credits', "'\{[^{}]*COMMITTED_USAGE_DISCOUNT[^{}]*\}'", 0) }} as commitment_credit,
        coalesce(export_rows.credits like '%COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE%', false) as has_spend_commitment,
        export_rows.cost + coalesce({{ json_sum('export_rows.credits', 'amount') }}, 0) as net_cost,
        cast(concat(export_rows.x_billing_period, '-01') as timestamp) as period_start
    from export_rows
    left join dimensions
        on
            export_rows.service = dimensions.service
            and export_rows.sku = dimensions.sku
            and export_rows.project = dimensions.project
            and export_rows.location = dimensions.location
),

joined as (
    select
        parsed.*,
        {{ decimal_from_text('parsed.usage_amount_text') }} as usage_amount,
        {{ decimal_from_text('parsed.pricing_amount_text') }} as pricing_amount,
        {{ decimal_from_text('parsed.effective_price_text') }} as effective_price,
        {{ decimal_from_text('parsed.list_price_text') }} as list_price,
        tag_sets.tags as canonical_tags,
        tag_sets.changes as tag_changes,
        coalesce(usage_units.unit, parsed.usage_unit) as consumed_unit,
        coalesce(pricing_units.unit, parsed.pricing_unit) as priced_unit,
        case
            when parsed.cost_type = 'tax' then 'Tax'
            when parsed.cost_type = 'credit' then 'Credit'
            when parsed.cost_type in ('adjustment', 'rounding_error') then 'Adjustment'
            when parsed.sku_description like 'Commitment%' then 'Purchase'
            else 'Usage'
        end as charge_category,
        coalesce(parsed.transaction_type like 'THIRD_PARTY%', false) as is_marketplace,
        case
            when parsed.sku_description like 'Commitment%' or parsed.commitment_credit is not null
                then coalesce(
                    parsed.subscription_id,
                    {{ json_value('parsed.commitment_credit', 'id') }},
                    {{ json_value('parsed.commitment_credit', 'full_name') }},
                    parsed.resource_global_name,
                    parsed.sku_id
                )
        end as commitment_id
    from parsed
    left join tag_sets
        on parsed.tags_text = tag_sets.tags_text
    left join units as usage_units
        on parsed.usage_unit = usage_units.native_unit
    left join units as pricing_units
        on parsed.pricing_unit = pricing_units.native_unit
),

measured as (
    select
        *,
        charge_category in ('Usage', 'Purchase') as is_priced
    from joined
),

final as (
    select
        -- the export does not split cost; a cluster's labels are on its rows
        cast(null as varchar) as AllocatedMethodDetails,
        cast(null as varchar) as AllocatedMethodId,
        cast(null as varchar) as AllocatedResourceId,
        cast(null as varchar) as AllocatedResourceName,
        cast(null as varchar) as AllocatedTags,
        zone as AvailabilityZone,
        cast(net_cost as decimal(38, 12)) as BilledCost,
        billing_account_id as BillingAccountId,
        -- the export has ids of billing accounts, no names: the id is what there is to show
        billing_account_id as BillingAccountName,
        'Billing Account' as BillingAccountType,
        currency as BillingCurrency,
        period_start + interval '1' month as BillingPeriodEnd,
        period_start as BillingPeriodStart,
        -- capacity reservations are not marked in the export
        cast(null as varchar) as CapacityReservationId,
        cast(null as varchar) as CapacityReservationStatus,
        charge_category as ChargeCategory,
        case when cost_type = 'adjustment' or adjustment_type is not null then 'Correction' end as ChargeClass,
        coalesce({{ json_value('adjustment_info', 'description') }}, sku_description) as ChargeDescription,
        case charge_category when 'Usage' then 'Usage-Based' when 'Purchase' then 'Recurring' else 'One-Time' end
            as ChargeFrequency,
        {{ exclusive_charge_end('usage_start', 'usage_end') }} as ChargePeriodEnd,
        usage_start as ChargePeriodStart,
        case
            when commitment_id is null or charge_category not in ('Usage', 'Purchase') then null
            when has_spend_commitment or sku_description like 'Commitment - dollar based%' then 'Spend'
            else 'Usage'
        end as CommitmentDiscountCategory,
        case when charge_category in ('Usage', 'Purchase') then commitment_id end as CommitmentDiscountId,
        case
            when charge_category in ('Usage', 'Purchase') then {{ json_value('commitment_credit', 'name') }}
        end as CommitmentDiscountName,
        -- the export says what a commitment saved, not how much of it was used
        cast(null as decimal(38, 12)) as CommitmentDiscountQuantity,
        case when commitment_id is not null and charge_category = 'Usage' then 'Used' end as CommitmentDiscountStatus,
        case
            when commitment_id is not null and charge_category in ('Usage', 'Purchase') then 'Committed Use Discount'
        end as CommitmentDiscountType,
        cast(null as varchar) as CommitmentDiscountUnit,
        -- the export does not say which programs a charge is eligible for
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        case when charge_category = 'Usage' and consumed_unit is not null then usage_amount end as ConsumedQuantity,
        case when charge_category = 'Usage' and usage_amount is not null then consumed_unit end as ConsumedUnit,
        -- the export names no contract
        cast(null as varchar) as ContractApplied,
        cast(cost as decimal(38, 12)) as ContractedCost,
        case when is_priced and sku_id is not null then effective_price end as ContractedUnitPrice,
        -- no amortisation in the export: a commitment costs what its fees are, net of credits, when they are billed
        cast(net_cost as decimal(38, 12)) as EffectiveCost,
        'Google Cloud' as HostProviderName,
        -- the export has an invoice month, no ids of invoices or of their lines
        cast(null as varchar) as InvoiceDetailId,
        cast(null as varchar) as InvoiceId,
        'Google Cloud' as InvoiceIssuerName,
        cast(coalesce(cost_at_list, cost) as decimal(38, 12)) as ListCost,
        case
            when not is_priced or sku_id is null then null
            when list_price is not null then list_price
            when cost_at_list is null or cost_at_list = cost then effective_price
        end as ListUnitPrice,
        case
            when not is_priced or sku_id is null then null
            when charge_category = 'Usage' and commitment_id is not null then 'Committed'
            when sku_description like 'Spot %' or sku_description like '%Preemptible%' then 'Dynamic'
            else 'Standard'
        end as PricingCategory,
        currency as PricingCurrency,
        case when is_priced and sku_id is not null then effective_price end as PricingCurrencyContractedUnitPrice,
        cast(net_cost as decimal(38, 12)) as PricingCurrencyEffectiveCost,
        case
            when not is_priced or sku_id is null then null
            when list_price is not null then list_price
            when cost_at_list is null or cost_at_list = cost then effective_price
        end as PricingCurrencyListUnitPrice,
        case when is_priced and sku_id is not null and priced_unit is not null then pricing_amount end
            as PricingQuantity,
        case when is_priced and sku_id is not null and pricing_amount is not null then priced_unit end as PricingUnit,
        region_id as RegionId,
        region_name as RegionName,
        case when charge_category = 'Purchase' then commitment_id else coalesce(resource_global_name, resource_name) end
            as ResourceId,
        case when charge_category <> 'Purchase' and resource_global_name is not null then resource_name end
            as ResourceName,
        case
            when charge_category = 'Purchase' and commitment_id is not null then 'commitment'
            when charge_category <> 'Purchase' and coalesce(resource_global_name, resource_name) is not null
                then coalesce({{ regexp_group('resource_global_name', "'([^/]+)/[^/]+$'") }}, service_name)
        end as ResourceType,
        service_category as ServiceCategory,
        service_name as ServiceName,
        case when is_marketplace then coalesce(seller_name, 'Google Cloud Marketplace') else 'Google Cloud' end
            as ServiceProviderName,
        service_subcategory as ServiceSubcategory,
        case when is_priced then sku_id end as SkuId,
        case when is_priced then sku_description end as SkuMeter,
        -- the export describes a SKU in words only
        cast(null as varchar) as SkuPriceDetails,
        -- prices have no id of their own: the SKU is the nearest
        case when is_priced then sku_id end as SkuPriceId,
        project_id as SubAccountId,
        case when project_id is not null then project_name end as SubAccountName,
        case when project_id is not null then 'Project' end as SubAccountType,
        canonical_tags as Tags,
        x_billing_period,
        cast(usage_start as date) as x_charge_date,
        x_charge_id,
        {{ cost_state('cast(null as varchar)', 'is_final') }} as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        {{ change_list({
            'commitment_fee_not_amortised': "commitment_id is not null and charge_category = 'Purchase'",
            'commitment_quantity_unknown': 'commitment_id is not null and is_priced',
            'price_not_in_bill': 'is_priced and (effective_price is null or pricing_amount is null or priced_unit is null'
                ~ ' or sku_id is null or (list_price is null and cost_at_list <> cost))',
        }, 'tag_changes') }} as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from measured
)

select * from final
