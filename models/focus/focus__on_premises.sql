-- one row per host, month and category of cost; a ledger row whose site has no host in service is one row
with costs as (
    select * from {{ ref('stg_on_premises__costs') }}
),

hosts as (
    select * from costs
    where record_type = 'asset'
),

ledger as (
    select * from costs
    where record_type = 'ledger'
),

-- what a host bears of a ledger row of its site is in proportion to what drives the category
claims as (
    select
        ledger.*,
        hosts.host as bearing_host,
        hosts.x_charge_id as host_charge_id,
        case
            when ledger.category in ('power', 'cooling') then coalesce(hosts.kw, 0)
            when ledger.category = 'space' then coalesce(hosts.rack_units, 0)
            else 1
        end as weight
    from ledger
    inner join hosts
        on
            ledger.x_source_id = hosts.x_source_id
            and ledger.x_billing_period = hosts.x_billing_period
            and ledger.site = hosts.site
),

-- a site whose hosts have no power or rack units on record shares by host
totals as (
    select
        x_charge_id,
        sum(weight) as total_weight,
        count(*) as host_count
    from claims
    group by x_charge_id
),

weighed as (
    select
        claims.*,
        totals.total_weight = 0 as is_weightless,
        case when totals.total_weight = 0 then 1 else claims.weight end as claimed_weight,
        case when totals.total_weight = 0 then totals.host_count else totals.total_weight end as claimed_total
    from claims
    inner join totals
        on claims.x_charge_id = totals.x_charge_id
),

running as (
    select
        *,
        cast(
            sum(claimed_weight) over (
                partition by x_charge_id order by bearing_host rows between unbounded preceding and current row
            ) as decimal(38, 12)
        ) as weight_to
    from weighed
    where claimed_weight > 0
),

bounded as (
    select
        *,
        {{ double_from_decimal('amount') }} as amount_as_double,
        cast(weight_to - claimed_weight as double) / cast(claimed_total as double) as share_from,
        cast(weight_to as double) / cast(claimed_total as double) as share_to
    from running
),

charges as (
    select
        x_charge_id,
        host,
        'depreciation' as cost_type,
        amount,
        site,
        month_start,
        currency,
        'depreciation_of_register' as change,
        extra_columns,
        x_source_id,
        x_billing_period,
        x_delivery_id,
        x_source_file,
        x_source_row
    from hosts
    where amount <> 0
    union all
    select
        -- a host's month has room for eight charges: its depreciation and the seven categories
        host_charge_id + case category
            when 'power' then 1 when 'cooling' then 2 when 'space' then 3 when 'staff' then 4 when 'network' then 5
            when 'software' then 6 else 7
        end as x_charge_id,
        bearing_host as host,
        category as cost_type,
        {{ split_amount('amount', 'amount_as_double', 'share_from', 'share_to') }} as amount,
        site,
        month_start,
        currency,
        case
            when is_weightless then 'weights_missing_split_by_host'
            when category in ('power', 'cooling') then 'split_by_kw'
            when category = 'space' then 'split_by_rack_units'
            else 'split_by_host'
        end as change,
        extra_columns,
        x_source_id,
        x_billing_period,
        x_delivery_id,
        x_source_file,
        x_source_row
    from bounded
    union all
    select
        ledger.x_charge_id,
        cast(null as varchar) as host,
        ledger.category as cost_type,
        ledger.amount,
        ledger.site,
        ledger.month_start,
        ledger.currency,
        'no_host_in_service' as change,
        ledger.extra_columns,
        ledger.x_source_id,
        ledger.x_billing_period,
        ledger.x_delivery_id,
        ledger.x_source_file,
        ledger.x_source_row
    from ledger
    left join totals
        on ledger.x_charge_id = totals.x_charge_id
    where totals.x_charge_id is null
),

final as (
    select
        -- what a ledger row is split by is told in x_source_changes
        cast(null as varchar) as AllocatedMethodDetails,
        cast(null as varchar) as AllocatedMethodId,
        cast(null as varchar) as AllocatedResourceId,
        cast(null as varchar) as AllocatedResourceName,
        cast(null as varchar) as AllocatedTags,
        -- a site has no zones
        cast(null as varchar) as AvailabilityZone,
        amount as BilledCost,
        x_source_id as BillingAccountId,
        -- the source stands for the company's data centres
        cast(null as varchar) as BillingAccountName,
        'Data Center' as BillingAccountType,
        currency as BillingCurrency,
        month_start + interval '1' month as BillingPeriodEnd,
        month_start as BillingPeriodStart,
        -- hosts are not reserved
        cast(null as varchar) as CapacityReservationId,
        cast(null as varchar) as CapacityReservationStatus,
        'Usage' as ChargeCategory,
        -- a ledger that changes replaces its month
        cast(null as varchar) as ChargeClass,
        concat_ws(' ', cost_type, 'of', coalesce(host, nullif(site, ''), 'facilities')) as ChargeDescription,
        'Recurring' as ChargeFrequency,
        month_start + interval '1' month as ChargePeriodEnd,
        month_start as ChargePeriodStart,
        -- there are no commitments
        cast(null as varchar) as CommitmentDiscountCategory,
        cast(null as varchar) as CommitmentDiscountId,
        cast(null as varchar) as CommitmentDiscountName,
        cast(null as decimal(38, 12)) as CommitmentDiscountQuantity,
        cast(null as varchar) as CommitmentDiscountStatus,
        cast(null as varchar) as CommitmentDiscountType,
        cast(null as varchar) as CommitmentDiscountUnit,
        -- there are no programs
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        -- registers have costs, no meters and no prices
        cast(null as decimal(38, 12)) as ConsumedQuantity,
        cast(null as varchar) as ConsumedUnit,
        -- registers name no contracts
        cast(null as varchar) as ContractApplied,
        amount as ContractedCost,
        -- registers have no prices
        cast(null as decimal(38, 12)) as ContractedUnitPrice,
        amount as EffectiveCost,
        'On-premises' as HostProviderName,
        -- nobody invoices the company's own data centres
        cast(null as varchar) as InvoiceDetailId,
        cast(null as varchar) as InvoiceId,
        'On-premises' as InvoiceIssuerName,
        amount as ListCost,
        -- registers have no prices
        cast(null as decimal(38, 12)) as ListUnitPrice,
        cast(null as varchar) as PricingCategory,
        currency as PricingCurrency,
        cast(null as decimal(38, 12)) as PricingCurrencyContractedUnitPrice,
        amount as PricingCurrencyEffectiveCost,
        cast(null as decimal(38, 12)) as PricingCurrencyListUnitPrice,
        cast(null as decimal(38, 12)) as PricingQuantity,
        cast(null as varchar) as PricingUnit,
        nullif(site, '') as RegionId,
        nullif(site, '') as RegionName,
        host as ResourceId,
        -- a host has one name, which is its id
        cast(null as varchar) as ResourceName,
        case when host is not null then 'Server' end as ResourceType,
        'Compute' as ServiceCategory,
        'Data Center' as ServiceName,
        'On-premises' as ServiceProviderName,
        'Other (Compute)' as ServiceSubcategory,
        cost_type as SkuId,
        cost_type as SkuMeter,
        -- a category has a name only
        cast(null as varchar) as SkuPriceDetails,
        cast(null as varchar) as SkuPriceId,
        -- there are no accounts below
        cast(null as varchar) as SubAccountId,
        cast(null as varchar) as SubAccountName,
        cast(null as varchar) as SubAccountType,
        -- registers have no tags
        cast(null as varchar) as Tags,
        x_billing_period,
        cast(month_start as date) as x_charge_date,
        x_charge_id,
        -- a ledger is what was booked
        'provisional' as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        concat('["', change, '","price_not_in_bill"]') as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from charges
)

select * from final
