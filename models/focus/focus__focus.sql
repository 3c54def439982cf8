-- one row per charge of any export of FOCUS shape (focus and the <provider>_focus kinds), repaired where one deviates
with exports as (
    select
        *,
        {{ provider_family('HostProviderName') }} as host_family
    from {{ ref('int_focus_exports__unified') }}
),

tag_sets as (
    select * from {{ ref('int_tag_sets') }}
),

units as (
    select * from {{ ref('units') }}
),

regions as (
    select * from {{ ref('regions') }}
),

service_subcategories as (
    select * from {{ ref('service_subcategories') }}
),

service_categories as (
    select distinct service_category
    from service_subcategories
),

-- a service can have several codes, but one name has one place
named_services as (
    select
        provider,
        service_name,
        min(service_category) as service_category,
        min(service_subcategory) as service_subcategory
    from {{ ref('services') }}
    group by provider, service_name
),

joined as (
    select
        exports.*,
        tag_sets.tags as canonical_tags,
        tag_sets.changes as tag_changes,
        pricing_units.unit as known_pricing_unit,
        consumed_units.unit as known_consumed_unit,
        regions_by_id.region_name as known_region_name,
        regions_by_name.region_id as known_region_id,
        coalesce(service_categories.service_category, named_services.service_category) as known_category,
        named_services.service_category as usual_category,
        named_services.service_subcategory as usual_subcategory,
        service_subcategories.service_category as category_of_given_subcategory
    from exports
    left join tag_sets
        on exports.tags_form = tag_sets.tags_form and exports.tags_text = tag_sets.tags_text
    left join units as pricing_units
        on exports.PricingUnit = pricing_units.native_unit
    left join units as consumed_units
        on exports.ConsumedUnit = consumed_units.native_unit
    left join regions as regions_by_id
        on exports.host_family = regions_by_id.provider and exports.RegionId = regions_by_id.region_id
    left join regions as regions_by_name
        on exports.host_family = regions_by_name.provider and exports.RegionName = regions_by_name.region_name
    left join service_categories
        on exports.ServiceCategory = service_categories.service_category
    left join service_subcategories
        on exports.ServiceSubcategory = service_subcategories.service_subcategory
    -- Google bills each model of Claude as a service of its own
    left join named_services
        on
            exports.host_family = named_services.provider
            and case
                when exports.host_family = 'Google Cloud' and exports.ServiceName like 'Claude %'
                    then 'Claude on Vertex AI'
                else exports.ServiceName
            end = named_services.service_name
),

-- enumerations in the spelling of FOCUS, periods in UTC with exclusive ends
spelled as (
    select
        *,
        case
            when category_of_subcategory is not null then category_of_subcategory
            when lower(ChargeCategory) = 'usage' then 'Usage'
            when lower(ChargeCategory) = 'purchase' then 'Purchase'
            when lower(ChargeCategory) = 'tax' then 'Tax'
            when lower(ChargeCategory) = 'credit' then 'Credit'
            else 'Adjustment'
        end as charge_category,
        case
            when lower(ChargeFrequency) in ('usage-based', 'usagebased', 'usage based') then 'Usage-Based'
            when lower(ChargeFrequency) in ('one-time', 'onetime', 'one time') then 'One-Time'
            when lower(ChargeFrequency) = 'recurring' then 'Recurring'
            when lower(ChargeCategory) = 'usage' then 'Usage-Based'
            else 'One-Time'
        end as charge_frequency,
        case
            when lower(PricingCategory) in ('standard', 'on-demand', 'on demand') then 'Standard'
            when lower(PricingCategory) in ('dynamic', 'spot') then 'Dynamic'
            when lower(PricingCategory) in ('committed', 'commitment-based', 'commitment discount') then 'Committed'
            when PricingCategory is not null then 'Other'
        end as pricing_category,
        case when lower(ChargeClass) = 'correction' then 'Correction' end as charge_class,
        {{ aligned_to_month('BillingPeriodStart') }} as period_start,
        {{ exclusive_period_end(
            aligned_to_month('BillingPeriodStart'), aligned_to_month('BillingPeriodEnd')) }} as period_end,
        {{ exclusive_charge_end('ChargePeriodStart', 'ChargePeriodEnd') }} as charge_end,
        coalesce({{ regexp_matches('AvailabilityZone', "'^[0-9.]+$'") }}, false) as zone_is_number,
        coalesce(known_category, 'Other') as service_category,
        case
            when CommitmentDiscountId is null then null
            when lower(CommitmentDiscountStatus) = 'used' then 'Used'
            when lower(CommitmentDiscountStatus) = 'unused' then 'Unused'
            when lower(ChargeCategory) = 'usage' then 'Used'
        end as commitment_status,
        ChargeCategory = 'Purchase' and (CommitmentDiscountId is not null or x_AmortizationClass = 'Principal')
            as is_commitment_purchase,
        BilledCost <> 0 or coalesce(EffectiveCost, 0) <> 0 as has_cost,
        host_family = 'Google Cloud' and SubAccountId is not null and SubAccountType is null as is_untyped_project,
        case
            when host_family = 'Google Cloud' and ResourceId is not null and ResourceType is null
                then coalesce({{ regexp_group('ResourceId', "'([^/]+)/[^/]+$'") }}, ServiceName)
        end as type_of_google_resource
    from joined
),

-- what is wrong with a row, decided once: the value and its trace both follow
judged as (
    select
        *,
        coalesce(AvailabilityZone = RegionId, false) as zone_is_region,
        RegionId is null and RegionName is not null
        and (
            known_region_id is not null or {{ regexp_matches('RegionName', "'^[a-z0-9-]+$'") }}
        ) as region_id_is_missing,
        -- Oracle leaves EffectiveCost at 0 where usage is billed and no commitment covers it
        coalesce(
            host_family = 'Oracle' and EffectiveCost = 0 and BilledCost <> 0
            and CommitmentDiscountId is null and not is_commitment_purchase,
            false
        ) as has_no_effective_cost,
        is_commitment_purchase and host_family = 'Microsoft' and coalesce(EffectiveCost, 0) <> 0
            as purchase_is_amortised_twice,
        coalesce(ListUnitPrice < 0 or ContractedUnitPrice < 0, false) as has_negative_price,
        host_family = 'Microsoft' and has_cost and (ListUnitPrice = 0 or ContractedUnitPrice = 0)
        and coalesce(PricingQuantity, 1) <> 0 as has_zero_price,
        coalesce(charge_category = 'Usage' and coalesce(commitment_status, 'Used') = 'Used', false) as may_consume,
        host_family = 'Microsoft' and coalesce(
            ResourceId <> lower(ResourceId)
            or CommitmentDiscountId <> lower(CommitmentDiscountId)
            or SubAccountId <> lower(SubAccountId),
            false
        ) as has_mixed_case_id,
        SkuPriceId is null and SkuId is not null and charge_category <> 'Tax' as price_id_is_missing,
        -- a SKU's own text says what it measures, where an export has no column for its meter
        SkuMeter is null and SkuId is not null and ChargeDescription is not null
        and host_family in ('Google Cloud', 'Microsoft', 'Oracle') as meter_is_missing,
        SkuMeter is null and SkuId is not null and ChargeDescription is null
        and host_family = 'Alibaba Cloud' as meter_is_unnamed,
        -- Microsoft prices in dollars whoever does not pay in them, and states its costs in dollars, too
        case
            when
                host_family = 'Microsoft' and PricingCurrencyEffectiveCost is null
                and upper(trim(PricingCurrency)) = 'USD' and upper(trim(BillingCurrency)) <> 'USD'
                then {{ decimal_from_text(null_words(json_value('extra_columns', 'x_EffectiveCostInUsd'))) }}
        end as effective_cost_in_dollars,
        case
            when ServiceSubcategory is not null and category_of_given_subcategory = service_category
                then ServiceSubcategory
            when ServiceSubcategory is null and usual_category = service_category then usual_subcategory
            else concat('Other (', service_category, ')')
        end as service_subcategory
    from spelled
),

repaired as (
    select
        AllocatedMethodDetails,
        AllocatedMethodId,
        AllocatedResourceId,
        AllocatedResourceName,
        AllocatedTags,
        case when zone_is_number or zone_is_region then null else AvailabilityZone end as AvailabilityZone,
        BilledCost,
        BillingAccountId,
        BillingAccountName,
        BillingAccountType,
        upper(trim(BillingCurrency)) as BillingCurrency,
        period_end as BillingPeriodEnd,
        period_start as BillingPeriodStart,
        CapacityReservationId,
        case when CapacityReservationId is not null then CapacityReservationStatus end as CapacityReservationStatus,
        charge_category as ChargeCategory,
        charge_class as ChargeClass,
        coalesce(
            ChargeDescription,
            concat_ws(
                ', ',
                coalesce(ServiceName, service_category),
                coalesce(SkuMeter, SkuId),
                nullif(charge_category, 'Usage')
            )
        ) as ChargeDescription,
        charge_frequency as ChargeFrequency,
        charge_end as ChargePeriodEnd,
        ChargePeriodStart,
        case when CommitmentDiscountId is not null then CommitmentDiscountCategory end as CommitmentDiscountCategory,
        case when host_family = 'Microsoft' then lower(CommitmentDiscountId) else CommitmentDiscountId end
            as CommitmentDiscountId,
        case when CommitmentDiscountId is not null then CommitmentDiscountName end as CommitmentDiscountName,
        case
            when CommitmentDiscountId is not null and charge_category in ('Usage', 'Purchase')
                then CommitmentDiscountQuantity
        end as CommitmentDiscountQuantity,
        commitment_status as CommitmentDiscountStatus,
        case when CommitmentDiscountId is not null then CommitmentDiscountType end as CommitmentDiscountType,
        case
            when
                CommitmentDiscountId is not null and charge_category in ('Usage', 'Purchase')
                and CommitmentDiscountQuantity is not null
                then CommitmentDiscountUnit
        end as CommitmentDiscountUnit,
        CommitmentProgramEligibilityDetails,
        case when may_consume then ConsumedQuantity end as ConsumedQuantity,
        case when may_consume and ConsumedQuantity is not null then coalesce(known_consumed_unit, ConsumedUnit) end
            as ConsumedUnit,
        ContractApplied,
        coalesce(ContractedCost, BilledCost) as ContractedCost,
        case
            when ContractedUnitPrice < 0 or (has_zero_price and ContractedUnitPrice = 0) then null
            else ContractedUnitPrice
        end as ContractedUnitPrice,
        case
            when purchase_is_amortised_twice then 0
            when has_no_effective_cost then BilledCost
            else coalesce(EffectiveCost, BilledCost)
        end as EffectiveCost,
        HostProviderName,
        InvoiceDetailId,
        InvoiceId,
        coalesce(InvoiceIssuerName, HostProviderName, ServiceProviderName) as InvoiceIssuerName,
        coalesce(ListCost, ContractedCost, BilledCost) as ListCost,
        case when ListUnitPrice < 0 or (has_zero_price and ListUnitPrice = 0) then null else ListUnitPrice end
            as ListUnitPrice,
        case when charge_category <> 'Tax' then pricing_category end as PricingCategory,
        coalesce(upper(trim(PricingCurrency)), upper(trim(BillingCurrency))) as PricingCurrency,
        PricingCurrencyContractedUnitPrice,
        coalesce(
            case
                when not has_no_effective_cost and not purchase_is_amortised_twice then PricingCurrencyEffectiveCost
            end,
            case
                when purchase_is_amortised_twice then 0
                when upper(trim(coalesce(PricingCurrency, BillingCurrency))) <> upper(trim(BillingCurrency))
                    then effective_cost_in_dollars
                when has_no_effective_cost then BilledCost
                else coalesce(EffectiveCost, BilledCost)
            end
        ) as PricingCurrencyEffectiveCost,
        PricingCurrencyListUnitPrice,
        case when charge_category <> 'Tax' then PricingQuantity end as PricingQuantity,
        case
            when charge_category <> 'Tax' and PricingQuantity is not null then coalesce(known_pricing_unit, PricingUnit)
        end as PricingUnit,
        case when region_id_is_missing then coalesce(known_region_id, RegionName) else RegionId end as RegionId,
        coalesce(RegionName, known_region_name, RegionId) as RegionName,
        case when host_family = 'Microsoft' then lower(ResourceId) else ResourceId end as ResourceId,
        case when ResourceId is not null then ResourceName end as ResourceName,
        case when ResourceId is not null then coalesce(ResourceType, type_of_google_resource) end as ResourceType,
        service_category as ServiceCategory,
        -- a name has one place among the categories, and so has the want of one
        coalesce(
            ServiceName,
            case
                when service_category = 'Other' then 'Unspecified'
                else concat('Unspecified, ', service_subcategory)
            end
        ) as ServiceName,
        coalesce(ServiceProviderName, InvoiceIssuerName) as ServiceProviderName,
        service_subcategory as ServiceSubcategory,
        SkuId,
        case when meter_is_missing then ChargeDescription when meter_is_unnamed then SkuId else SkuMeter end
            as SkuMeter,
        SkuPriceDetails,
        case when price_id_is_missing then SkuId when charge_category <> 'Tax' then SkuPriceId end as SkuPriceId,
        case when host_family = 'Microsoft' then lower(SubAccountId) else SubAccountId end as SubAccountId,
        case when SubAccountId is not null then SubAccountName end as SubAccountName,
        case when is_untyped_project then 'Project' when SubAccountId is not null then SubAccountType end
            as SubAccountType,
        canonical_tags as Tags,
        x_billing_period,
        cast(ChargePeriodStart as date) as x_charge_date,
        x_charge_id,
        {{ cost_state('InvoiceId', 'is_final') }} as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        {{ change_list({
            'focus_version_0_5': "focus_version = '0.5'",
            'focus_version_1_0_preview': "focus_version = '1.0-preview'",
            'focus_version_1_0': "focus_version = '1.0'",
            'focus_version_1_1': "focus_version = '1.1'",
            'focus_version_1_2': "focus_version = '1.2'",
            'focus_version_1_3': "focus_version = '1.3'",
            'null_words': 'had_null_words',
            'local_times_in_utc': 'had_local_times',
            'availability_zone_is_no_zone': 'zone_is_number or zone_is_region',
            'billing_period_in_utc': 'period_start <> BillingPeriodStart',
            'billing_period_end_exclusive': 'coalesce(period_end <> BillingPeriodEnd, true)',
            'charge_period_end_exclusive': 'coalesce(charge_end <> ChargePeriodEnd, true)',
            'charge_category_spelled': 'coalesce(charge_category <> ChargeCategory, true)',
            'charge_class_spelled': 'charge_class <> ChargeClass or (charge_class is null and ChargeClass is not null)',
            'charge_frequency_spelled': 'coalesce(charge_frequency <> ChargeFrequency, true)',
            'pricing_category_spelled': 'pricing_category <> PricingCategory',
            'commitment_status_derived':
                "commitment_status is not null and coalesce(commitment_status <> CommitmentDiscountStatus, true)",
            'consumed_quantity_of_no_usage': 'ConsumedQuantity is not null and not may_consume',
            'consumed_unit_spelled': 'may_consume and ConsumedQuantity is not null and known_consumed_unit is not null',
            'pricing_unit_spelled': 'PricingQuantity is not null and known_pricing_unit is not null',
            'unit_without_quantity': '(PricingQuantity is null and PricingUnit is not null)'
                ~ ' or (ConsumedQuantity is null and ConsumedUnit is not null)',
            'charge_description_composed': 'ChargeDescription is null',
            'effective_cost_missing': 'EffectiveCost is null',
            'contracted_cost_missing': 'ContractedCost is null',
            'list_cost_missing': 'ListCost is null',
            'commitment_purchase_effective_cost_zeroed': 'purchase_is_amortised_twice',
            'effective_cost_is_billed_cost': 'has_no_effective_cost',
            'effective_cost_looks_rounded': 'not has_no_effective_cost and ' ~ is_rounded_away('EffectiveCost'),
            'contracted_cost_looks_rounded': is_rounded_away('ContractedCost'),
            'negative_unit_price_removed': 'has_negative_price',
            'zero_unit_price_removed': 'has_zero_price',
            'list_cost_is_not_price_times_quantity': is_not_product('ListCost', 'ListUnitPrice', 'PricingQuantity'),
            'contracted_cost_is_not_price_times_quantity':
                is_not_product('ContractedCost', 'ContractedUnitPrice', 'PricingQuantity'),
            'id_in_lower_case': 'has_mixed_case_id',
            'invoice_issuer_missing': 'InvoiceIssuerName is null',
            'region_id_from_name': 'region_id_is_missing',
            'region_name_from_id': 'RegionName is null and RegionId is not null',
            'service_category_unknown': 'coalesce(service_category <> ServiceCategory, true)',
            'service_subcategory_derived': 'coalesce(service_subcategory <> ServiceSubcategory, true)',
            'service_name_missing': 'ServiceName is null',
            'sku_meter_from_description': 'meter_is_missing',
            'sku_meter_from_sku_id': 'meter_is_unnamed',
            'pricing_currency_cost_from_dollars': 'effective_cost_in_dollars is not null',
            'sku_price_id_from_sku_id': 'price_id_is_missing',
            'commitment_from_extensions': 'google_commitment_role is not null',
            'commitment_quantity_unknown':
                'google_commitment_role is not null and CommitmentDiscountQuantity is null',
            'commitment_fee_not_amortised': "google_commitment_role = 'fee' and EffectiveCost <> 0",
            'resource_type_from_id': 'type_of_google_resource is not null',
            'sub_account_from_project': 'project_is_missing',
            'sub_account_type_missing': 'is_untyped_project',
        }, 'tag_changes') }} as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from judged
)

select * from repaired
