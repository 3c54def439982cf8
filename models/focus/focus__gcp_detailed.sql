-- one row per line of a bill: a row of the detailed usage cost export, the unused part of a commitment fee, or what the
-- offset of a commitment's fees and the usage billed in their place differ by
with export_rows as (
    select * from {{ ref('stg_gcp__detailed') }}
),

commitments as (
    select * from {{ ref('int_gcp_detailed__commitments') }}
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

-- a row and its lines are told in one pass: what a query reads twice it holds in memory, with all columns
classified as (
    select
        export_rows.*,
        commitments.commitment_name,
        commitments.remainder,
        coalesce(commitments.is_offset, false) as is_offset,
        commitments.subscription is not null as is_billed_with_usage,
        case
            when commitments.subscription is null then 'charge'
            when
                coalesce({{ json_value('export_rows.consumption_model', 'description') }}, 'Default') = 'Default'
                then 'charge, unused'
            else 'charge'
        end
        || case
            when
                commitments.is_offset
                and commitments.remainder <> 0
                and export_rows.x_charge_id = commitments.fee_charge_id
                then ', offset_remainder'
            else ''
        end as roles
    from export_rows
    left join commitments
        on
            export_rows.x_source_id = commitments.x_source_id
            and export_rows.x_billing_period = commitments.x_billing_period
            and export_rows.subscription = commitments.subscription
),

line_roles as (
    {% set every_roles = [
        ['charge'], ['charge', 'unused'], ['charge', 'offset_remainder'], ['charge', 'unused', 'offset_remainder'],
    ] %}
    {%- for roles in every_roles -%}
        {%- set is_last = loop.last -%}
        {%- for role in roles -%}
            select
                '{{ roles | join(', ') }}' as roles,
                '{{ role }}' as line_role
            {{ 'union all' if not (is_last and loop.last) }}
        {% endfor -%}
    {%- endfor -%}
),

lines as (
    select
        classified.*,
        line_roles.line_role,
        case when line_roles.line_role = 'offset_remainder' then classified.remainder end as role_amount
    from classified
    inner join line_roles
        on classified.roles = line_roles.roles
),

parsed as (
    select
        lines.*,
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
        {{ gcp_tags_text('lines', 'dimensions.project_labels') }} as tags_text,
        {{ json_value('lines.resource', 'global_name') }} as resource_global_name,
        {{ json_value('lines.resource', 'name') }} as resource_name,
        {{ json_number('lines.usage_details', 'amount') }} as usage_amount_text,
        {{ json_value('lines.usage_details', 'unit') }} as usage_unit,
        {{ json_number('lines.usage_details', 'amount_in_pricing_units') }} as pricing_amount_text,
        {{ json_value('lines.usage_details', 'pricing_unit') }} as pricing_unit,
        {{ json_number('lines.price', 'effective_price') }} as effective_price_text,
        {{ json_number('lines.price', 'effective_price_default') }} as default_price_text,
        {{ json_number('lines.price', 'list_price') }} as list_price_text,
        {{ json_number('lines.price', 'pricing_unit_quantity') }} as priced_units_text,
        {{ json_value('lines.subscription', 'instance_id') }} as subscription_id,
        {{ json_value('lines.adjustment_info', 'type') }} as adjustment_type,
        {{ regexp_group('lines.credits', "'\{[^{}]*COMMITTED_USAGE_DISCOUNT[^{}]*\}'", 0) }} as commitment_credit,
        coalesce(lines.credits like '%COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE%', false) as has_spend_commitment,
        lines.cost + coalesce({{ json_sum('lines.credits', 'amount') }}, 0) as net_cost,
        case
            when lines.is_billed_with_usage
                then -coalesce({{
                    json_sum(json_elements_like('lines.credits', 'FEE_UTILIZATION_OFFSET'), 'amount')
                }}, 0)
        end as offset_cost,
        lines.is_billed_with_usage
        and coalesce({{ json_value('lines.consumption_model', 'description') }} <> 'Default', false) as is_covered,
        cast(concat(lines.x_billing_period, '-01') as timestamp) as period_start
    from lines
    left join dimensions
        on
            lines.service = dimensions.service
            and lines.sku = dimensions.sku
            and lines.project = dimensions.project
            and lines.location = dimensions.location
),

joined as (
    select
        parsed.*,
        {{ decimal_from_text('parsed.usage_amount_text') }} as usage_amount,
        {{ decimal_from_text('parsed.pricing_amount_text') }} as pricing_amount,
        {{ price_of_one('parsed.effective_price_text', 'parsed.priced_units_text') }} as effective_price,
        {{ price_of_one('parsed.default_price_text', 'parsed.priced_units_text') }} as default_price,
        {{ price_of_one('parsed.list_price_text', 'parsed.priced_units_text') }} as list_price,
        tag_sets.tags as canonical_tags,
        tag_sets.changes as tag_changes,
        coalesce(usage_units.unit, parsed.usage_unit) as consumed_unit,
        coalesce(pricing_units.unit, parsed.pricing_unit) as priced_unit,
        case
            when parsed.line_role = 'unused' then 'Usage'
            when parsed.line_role = 'offset_remainder' then 'Adjustment'
            when parsed.cost_type = 'tax' then 'Tax'
            when parsed.cost_type = 'credit' then 'Credit'
            when parsed.cost_type in ('adjustment', 'rounding_error') then 'Adjustment'
            when parsed.is_billed_with_usage and not parsed.is_covered then 'Purchase'
            when parsed.sku_description like 'Commitment%' then 'Purchase'
            else 'Usage'
        end as charge_category,
        coalesce(parsed.transaction_type like 'THIRD_PARTY%', false) as is_marketplace,
        coalesce(parsed.transaction_type = 'THIRD_PARTY_AGENCY', false)
        and coalesce({{ json_value('parsed.invoice', 'publisher_type') }} = 'PARTNER', false)
            as is_billed_by_marketplace,
        case
            when parsed.is_billed_with_usage then parsed.subscription_id
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

-- a covered row is paid by the purchase of the commitment: what it says of cost is amortised, its own credits are cash
measured as (
    select
        *,
        charge_category in ('Usage', 'Purchase') and sku_id is not null as is_priced,
        case
            when line_role = 'unused' then 0
            when line_role = 'offset_remainder' then role_amount
            when is_offset and is_covered then net_cost - cost
            when is_offset then net_cost + offset_cost
            else net_cost
        end as billed_cost,
        case
            when line_role = 'offset_remainder' then 0
            when line_role = 'unused' then net_cost
            when is_billed_with_usage and not is_covered then 0
            else net_cost
        end as effective_cost,
        charge_category = 'Purchase' or line_role <> 'charge' as is_of_commitment,
        case when line_role = 'charge' then coalesce(cost_at_default_price, cost) else 0 end as contracted_cost,
        case when line_role = 'charge' then coalesce(cost_at_list, cost) else 0 end as list_cost,
        case
            when not is_billed_with_usage or line_role = 'offset_remainder' then null
            when line_role = 'unused' then net_cost
            else cost
        end as commitment_quantity
    from joined
),

-- the unused part of a fee was priced with the fee: nothing more of it is
priced as (
    select
        *,
        case
            when not is_priced then null
            when default_price is not null then default_price
            when cost_at_default_price is null or cost_at_default_price = cost then effective_price
        end as contracted_unit_price,
        case
            when not is_priced then null
            when list_price is not null then list_price
            when cost_at_list is null or cost_at_list = cost then effective_price
        end as list_unit_price,
        case
            when not is_priced or priced_unit is null then null
            when line_role = 'unused' then 0
            else pricing_amount
        end as pricing_quantity
    from measured
    where line_role <> 'unused' or net_cost <> 0
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
        cast(billed_cost as decimal(38, 12)) as BilledCost,
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
        case
            when
                (cost_type = 'adjustment' or adjustment_type is not null)
                and line_role = 'charge'
                and coalesce(usage_start < period_start, true)
                then 'Correction'
        end as ChargeClass,
        coalesce({{ json_value('adjustment_info', 'description') }}, sku_description) as ChargeDescription,
        case charge_category when 'Usage' then 'Usage-Based' when 'Purchase' then 'Recurring' else 'One-Time' end
            as ChargeFrequency,
        {{ exclusive_charge_end('usage_start', 'usage_end') }} as ChargePeriodEnd,
        usage_start as ChargePeriodStart,
        case
            when commitment_id is null or charge_category not in ('Usage', 'Purchase') then null
            when is_billed_with_usage or has_spend_commitment or sku_description like 'Commitment - dollar based%'
                then 'Spend'
            else 'Usage'
        end as CommitmentDiscountCategory,
        case when charge_category in ('Usage', 'Purchase') then commitment_id end as CommitmentDiscountId,
        case
            when charge_category in ('Usage', 'Purchase')
                then coalesce(commitment_name, {{ json_value('commitment_credit', 'name') }})
        end as CommitmentDiscountName,
        -- rows with credits say what a commitment saved, not how much of it was used
        cast(commitment_quantity as decimal(38, 12)) as CommitmentDiscountQuantity,
        case
            when line_role = 'unused' then 'Unused'
            when commitment_id is not null and charge_category = 'Usage' then 'Used'
        end as CommitmentDiscountStatus,
        case
            when commitment_id is not null and charge_category in ('Usage', 'Purchase') then 'Committed Use Discount'
        end as CommitmentDiscountType,
        case when commitment_quantity is not null then currency end as CommitmentDiscountUnit,
        -- the export does not say which programs a charge is eligible for
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        case
            when charge_category = 'Usage' and line_role = 'charge' and consumed_unit is not null then usage_amount
        end as ConsumedQuantity,
        case
            when charge_category = 'Usage' and line_role = 'charge' and usage_amount is not null then consumed_unit
        end as ConsumedUnit,
        -- the export names no contract
        cast(null as varchar) as ContractApplied,
        cast(contracted_cost as decimal(38, 12)) as ContractedCost,
        contracted_unit_price as ContractedUnitPrice,
        -- commitments with credits are not amortised in the export: they cost what their fees are, when they are billed
        cast(effective_cost as decimal(38, 12)) as EffectiveCost,
        'Google Cloud' as HostProviderName,
        -- the export has an invoice month, no ids of invoices or of their lines
        cast(null as varchar) as InvoiceDetailId,
        cast(null as varchar) as InvoiceId,
        case when is_billed_by_marketplace then 'Google Cloud Marketplace' else 'Google Cloud' end as InvoiceIssuerName,
        cast(list_cost as decimal(38, 12)) as ListCost,
        list_unit_price as ListUnitPrice,
        case
            when not is_priced then null
            when charge_category = 'Usage' and commitment_id is not null then 'Committed'
            when sku_description like 'Spot %' or sku_description like '%Preemptible%' then 'Dynamic'
            else 'Standard'
        end as PricingCategory,
        currency as PricingCurrency,
        contracted_unit_price as PricingCurrencyContractedUnitPrice,
        cast(effective_cost as decimal(38, 12)) as PricingCurrencyEffectiveCost,
        list_unit_price as PricingCurrencyListUnitPrice,
        pricing_quantity as PricingQuantity,
        case when pricing_quantity is not null then priced_unit end as PricingUnit,
        region_id as RegionId,
        region_name as RegionName,
        case when is_of_commitment then commitment_id else coalesce(resource_global_name, resource_name) end
            as ResourceId,
        case when not is_of_commitment and resource_global_name is not null then resource_name end as ResourceName,
        case
            when is_of_commitment and commitment_id is not null then 'commitment'
            when not is_of_commitment and coalesce(resource_global_name, resource_name) is not null
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
        -- the three low bits of a charge id number the FOCUS rows of one native row
        x_charge_id + case line_role when 'unused' then 1 when 'offset_remainder' then 2 else 0 end as x_charge_id,
        {{ cost_state('cast(null as varchar)', 'is_final') }} as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        {{ change_list({
            'commitment_fee_not_amortised':
                "commitment_id is not null and charge_category = 'Purchase' and not is_billed_with_usage",
            'commitment_quantity_unknown':
                "commitment_id is not null and charge_category in ('Usage', 'Purchase') and not is_billed_with_usage",
            'fee_offset_netted': "is_offset and line_role = 'charge'",
            'offset_remainder': "line_role = 'offset_remainder'",
            'unused_commitment_split_off': "line_role = 'unused'",
            'list_cost_is_not_price_times_quantity':
                is_not_product('list_cost', 'list_unit_price', 'pricing_quantity'),
            'contracted_cost_is_not_price_times_quantity':
                is_not_product('contracted_cost', 'contracted_unit_price', 'pricing_quantity'),
            'price_of_one_unit': 'is_priced and cast(priced_units_text as double) <> 1',
            'price_not_in_bill': "charge_category in ('Usage', 'Purchase') and (list_unit_price is null"
                ~ ' or contracted_unit_price is null or pricing_quantity is null)',
        }, 'tag_changes') }} as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from priced
)

select * from final
