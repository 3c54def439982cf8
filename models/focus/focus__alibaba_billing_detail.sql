-- one row per row of a bill, and one for its coupons, its vouchers and its tax where there are any
with bill_rows as (
    select * from {{ ref('stg_alibaba__billing_detail') }}
),

tag_sets as (
    select * from {{ ref('int_tag_sets') }}
    where tags_form = 'alibaba_tags'
),

units as (
    select * from {{ ref('units') }}
),

regions as (
    select * from {{ ref('regions') }}
    where provider = 'Alibaba Cloud'
),

services as (
    select * from {{ ref('services') }}
    where provider = 'Alibaba Cloud'
),

parts as (
    select
        0 as part,
        cast(null as varchar) as what
    union all
    select
        1 as part,
        'coupon' as what
    union all
    select
        2 as part,
        'voucher' as what
    union all
    select
        3 as part,
        'tax' as what
),

joined as (
    select
        bill_rows.*,
        tag_sets.tags as canonical_tags,
        tag_sets.changes as tag_changes,
        coalesce(units.unit, bill_rows.usage_unit) as unit,
        coalesce(regions_by_name.region_id, bill_rows.region) as region_id,
        coalesce(regions_by_id.region_name, bill_rows.region) as region_name,
        coalesce(services.service_name, bill_rows.product_name, bill_rows.product_code, 'Alibaba Cloud')
            as service_name,
        services.service_category,
        services.service_subcategory,
        cast(concat(bill_rows.x_billing_period, '-01') as timestamp) as period_start,
        coalesce(
            bill_rows.usage_start,
            bill_rows.payment_time,
            bill_rows.billing_date,
            cast(concat(bill_rows.x_billing_period, '-01') as timestamp) - interval '8' hour
        ) as charge_start,
        -- what is billed before coupons: what is payable, and what they took off it
        bill_rows.pretax_amount + bill_rows.coupons as charged_amount
    from bill_rows
    left join tag_sets
        on bill_rows.tags = tag_sets.tags_text
    left join units
        on bill_rows.usage_unit = units.native_unit
    left join regions as regions_by_id
        on bill_rows.region = regions_by_id.region_id
    left join regions as regions_by_name
        on bill_rows.region = regions_by_name.region_name
    left join services
        on bill_rows.product_code = services.service_code
),

parted as (
    select
        joined.*,
        parts.part,
        parts.what,
        case parts.part
            when 0 then joined.charged_amount
            when 1 then -joined.coupons
            when 2 then -joined.vouchers
            else joined.tax
        end as amount,
        -- tax is in the currency of payment
        case when parts.part = 3 then coalesce(joined.payment_currency, joined.currency) else joined.currency end
            as amount_currency,
        case
            when parts.part = 3 then 'Tax'
            when parts.part > 0 then 'Credit'
            when joined.item = 'adjustment' then 'Adjustment'
            when joined.item = 'subscriptionorder' then 'Purchase'
            when joined.item = 'payasyougobill' then 'Usage'
            when joined.subscription_type = 'subscription' then 'Purchase'
            else 'Usage'
        end as charge_category
    from joined
    cross join parts
    where
        parts.part = 0
        or (parts.part = 1 and joined.coupons <> 0)
        or (parts.part = 2 and joined.vouchers <> 0)
        or (parts.part = 3 and joined.tax <> 0)
),

categorised as (
    select
        *,
        case
            when charge_category in ('Usage', 'Purchase')
                then coalesce(billing_item_code, billing_item, commodity_code, product_code)
        end as sku_id,
        case
            when usage_end is not null or usage_start is not null or payment_time is not null then usage_end
            when billing_date is not null then billing_date + interval '1' day
            else period_start + interval '1' month - interval '8' hour
        end as charge_end,
        -- a refund of what an earlier month billed; months begin at midnight of China
        coalesce(item = 'refund' and charge_start < period_start - interval '8' hour, false) as is_correction,
        case when part = 0 then coalesce(gross_amount, amount) else amount end as list_cost,
        case when part = 0 then coalesce(gross_amount - discount, amount) else amount end as contracted_cost,
        usage_quantity - covered_quantity as priced_quantity
    from parted
),

measured as (
    select
        *,
        coalesce(
            charge_category = 'Usage' and item <> 'refund' and list_price >= 0 and contracted_cost >= 0
            and usage_quantity > 0 and priced_quantity >= 0 and unit is not null and sku_id is not null,
            false
        ) as is_metered
    from categorised
),

priced as (
    select
        *,
        -- the bill has list prices: what was paid per unit is what was billed of it
        case
            when is_metered and priced_quantity = 0 then list_price
            when is_metered then {{ average_price('contracted_cost', 'priced_quantity') }}
        end as contracted_price
    from measured
),

final as (
    select
        -- splits of cost are a bill of their own, which is not landed
        cast(null as varchar) as AllocatedMethodDetails,
        cast(null as varchar) as AllocatedMethodId,
        cast(null as varchar) as AllocatedResourceId,
        cast(null as varchar) as AllocatedResourceName,
        cast(null as varchar) as AllocatedTags,
        case when zone <> region then zone end as AvailabilityZone,
        amount as BilledCost,
        account_id as BillingAccountId,
        account_name as BillingAccountName,
        'Account' as BillingAccountType,
        amount_currency as BillingCurrency,
        period_start + interval '1' month as BillingPeriodEnd,
        period_start as BillingPeriodStart,
        -- the bill names no reservations
        cast(null as varchar) as CapacityReservationId,
        cast(null as varchar) as CapacityReservationStatus,
        charge_category as ChargeCategory,
        case when is_correction then 'Correction' end as ChargeClass,
        concat_ws(', ', coalesce(product_name, product_code), billing_item, what) as ChargeDescription,
        case
            when charge_category = 'Usage' then 'Usage-Based'
            when charge_category = 'Purchase' and billing_type like 'renew%' then 'Recurring'
            else 'One-Time'
        end as ChargeFrequency,
        {{ exclusive_charge_end('charge_start', 'charge_end') }} as ChargePeriodEnd,
        charge_start as ChargePeriodStart,
        -- plans are orders of the bill; what of them is used and unused is in the API of amortised costs only
        cast(null as varchar) as CommitmentDiscountCategory,
        cast(null as varchar) as CommitmentDiscountId,
        cast(null as varchar) as CommitmentDiscountName,
        cast(null as decimal(38, 12)) as CommitmentDiscountQuantity,
        cast(null as varchar) as CommitmentDiscountStatus,
        cast(null as varchar) as CommitmentDiscountType,
        cast(null as varchar) as CommitmentDiscountUnit,
        -- the bill names no programs
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        case when is_metered then usage_quantity end as ConsumedQuantity,
        case when is_metered then unit end as ConsumedUnit,
        -- the bill names no contract
        cast(null as varchar) as ContractApplied,
        contracted_cost as ContractedCost,
        contracted_price as ContractedUnitPrice,
        amount as EffectiveCost,
        'Alibaba Cloud' as HostProviderName,
        -- the bill has orders, no invoices
        cast(null as varchar) as InvoiceDetailId,
        cast(null as varchar) as InvoiceId,
        'Alibaba Cloud' as InvoiceIssuerName,
        list_cost as ListCost,
        case when is_metered then list_price end as ListUnitPrice,
        case when is_metered then 'Standard' end as PricingCategory,
        amount_currency as PricingCurrency,
        contracted_price as PricingCurrencyContractedUnitPrice,
        amount as PricingCurrencyEffectiveCost,
        case when is_metered then list_price end as PricingCurrencyListUnitPrice,
        case when is_metered then priced_quantity end as PricingQuantity,
        case when is_metered then unit end as PricingUnit,
        region_id as RegionId,
        region_name as RegionName,
        instance_id as ResourceId,
        case when nick_name <> instance_id then nick_name end as ResourceName,
        case when instance_id is not null then coalesce(product_name, product_code, 'Instance') end as ResourceType,
        coalesce(service_category, 'Other') as ServiceCategory,
        service_name as ServiceName,
        -- sellers of the marketplace are not named
        'Alibaba Cloud' as ServiceProviderName,
        coalesce(service_subcategory, 'Other (Other)') as ServiceSubcategory,
        sku_id as SkuId,
        -- what is sold by the product is measured by the product
        case when sku_id is not null then coalesce(billing_item, product_detail, product_name, product_code) end
            as SkuMeter,
        -- specifications are words, in x_provider_columns
        cast(null as varchar) as SkuPriceDetails,
        -- prices have no id of their own: the billing item is the nearest
        case when is_metered then sku_id end as SkuPriceId,
        owner_id as SubAccountId,
        case when owner_id is not null then owner_account_name end as SubAccountName,
        case when owner_id is not null then 'Account' end as SubAccountType,
        canonical_tags as Tags,
        x_billing_period,
        cast(charge_start as date) as x_charge_date,
        x_charge_id + part as x_charge_id,
        {{ cost_state('cast(null as varchar)', 'is_final') }} as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        {{ change_list({
            'amounts_do_not_add_up': 'part = 0 and pretax_amount <> gross_amount - discount - round_down - coupons',
            'contracted_cost_is_not_price_times_quantity':
                is_not_product('contracted_cost', 'contracted_price', 'priced_quantity'),
            'coupon_split_off': 'part = 1',
            'item_unknown': "item not in ('subscriptionorder', 'payasyougobill', 'refund', 'adjustment') or item is null",
            'list_cost_is_not_price_times_quantity':
                'is_metered and ' ~ is_not_product('list_cost', 'list_price', 'priced_quantity'),
            'local_times_in_utc': 'true',
            'price_not_in_bill': "charge_category in ('Usage', 'Purchase') and not is_metered",
            'service_category_unknown': 'service_category is null',
            'tax_split_off': 'part = 3',
            'unit_price_derived': 'is_metered',
            'voucher_split_off': 'part = 2',
        }, 'tag_changes') }} as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from priced
)

select * from final
