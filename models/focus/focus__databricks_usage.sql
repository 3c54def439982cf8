-- one row per usage record; retractions and restatements are charges of their own, and add up with the original
with usage_records as (
    select * from {{ ref('stg_databricks__usage') }}
),

parsed as (
    select
        *,
        cast(concat(x_billing_period, '-01') as timestamp) as period_start,
        coalesce(contract_price, list_price) as paid_price,
        {{ json_value('usage_metadata', 'warehouse_id') }} as warehouse_id,
        {{ json_value('usage_metadata', 'job_id') }} as job_id,
        {{ json_value('usage_metadata', 'dlt_pipeline_id') }} as pipeline_id,
        {{ json_value('usage_metadata', 'endpoint_id') }} as endpoint_id,
        {{ json_value('usage_metadata', 'cluster_id') }} as cluster_id,
        coalesce(usage_unit = 'DBU', false) as is_in_dbu,
        case
            when billing_origin_product = 'SQL' then 'Databases'
            when billing_origin_product like '%MODEL%' then 'AI and Machine Learning'
            when billing_origin_product like 'VECTOR%' then 'AI and Machine Learning'
            when billing_origin_product like 'AI%' then 'AI and Machine Learning'
            else 'Analytics'
        end as service_category,
        coalesce({{ json_is_valid('custom_tags') }}, true) as has_readable_tags
    from usage_records
),

costed as (
    select
        *,
        -- without any price in force the usage is shown at no cost, and says so
        coalesce({{ decimal_product('usage_quantity', 'paid_price') }}, 0) as paid_cost,
        coalesce(
            {{ decimal_product('usage_quantity', 'list_price') }},
            {{ decimal_product('usage_quantity', 'paid_price') }},
            0
        ) as list_cost,
        case when is_in_dbu then 'DBUs' else usage_unit end as unit,
        -- both prices, or none: a price of the contract without a list price has no saving to show
        list_price is not null and paid_price is not null and usage_unit is not null as is_priced
    from parsed
),

final as (
    select
        -- Databricks does not split cost
        cast(null as varchar) as AllocatedMethodDetails,
        cast(null as varchar) as AllocatedMethodId,
        cast(null as varchar) as AllocatedResourceId,
        cast(null as varchar) as AllocatedResourceName,
        cast(null as varchar) as AllocatedTags,
        -- usage has no places
        cast(null as varchar) as AvailabilityZone,
        paid_cost as BilledCost,
        account_id as BillingAccountId,
        -- no table of Databricks names the account
        cast(null as varchar) as BillingAccountName,
        'Account' as BillingAccountType,
        currency as BillingCurrency,
        period_start + interval '1' month as BillingPeriodEnd,
        period_start as BillingPeriodStart,
        -- usage names no reservations
        cast(null as varchar) as CapacityReservationId,
        cast(null as varchar) as CapacityReservationStatus,
        'Usage' as ChargeCategory,
        -- retractions and restatements arrive while the month is open, or restate it as a whole
        cast(null as varchar) as ChargeClass,
        concat_ws(', ', sku_name, case when record_type <> 'ORIGINAL' then lower(record_type) end) as ChargeDescription,
        'Usage-Based' as ChargeFrequency,
        usage_end_time as ChargePeriodEnd,
        usage_start_time as ChargePeriodStart,
        -- commitments are in the price of the contract
        cast(null as varchar) as CommitmentDiscountCategory,
        cast(null as varchar) as CommitmentDiscountId,
        cast(null as varchar) as CommitmentDiscountName,
        cast(null as decimal(38, 12)) as CommitmentDiscountQuantity,
        cast(null as varchar) as CommitmentDiscountStatus,
        cast(null as varchar) as CommitmentDiscountType,
        cast(null as varchar) as CommitmentDiscountUnit,
        -- usage names no programs
        cast(null as varchar) as CommitmentProgramEligibilityDetails,
        case when is_priced then usage_quantity end as ConsumedQuantity,
        case when is_priced then unit end as ConsumedUnit,
        -- usage names no contract
        cast(null as varchar) as ContractApplied,
        paid_cost as ContractedCost,
        case when is_priced then paid_price end as ContractedUnitPrice,
        paid_cost as EffectiveCost,
        case
            when cloud like 'AWS%' then 'AWS'
            when cloud like 'AZURE%' then 'Microsoft'
            when cloud like 'GCP%' then 'Google Cloud'
            else 'Databricks'
        end
            as HostProviderName,
        -- usage names no invoices
        cast(null as varchar) as InvoiceDetailId,
        cast(null as varchar) as InvoiceId,
        'Databricks' as InvoiceIssuerName,
        list_cost as ListCost,
        case when is_priced then list_price end as ListUnitPrice,
        case when is_priced then 'Standard' end as PricingCategory,
        currency as PricingCurrency,
        case when is_priced then paid_price end as PricingCurrencyContractedUnitPrice,
        paid_cost as PricingCurrencyEffectiveCost,
        case when is_priced then list_price end as PricingCurrencyListUnitPrice,
        case when is_priced then usage_quantity end as PricingQuantity,
        case when is_priced then unit end as PricingUnit,
        -- the region is a part of the SKU's name only
        cast(null as varchar) as RegionId,
        cast(null as varchar) as RegionName,
        coalesce(warehouse_id, job_id, pipeline_id, endpoint_id, cluster_id) as ResourceId,
        case
            when warehouse_id is null and job_id is not null then {{ json_value('usage_metadata', 'job_name') }}
            when warehouse_id is null and pipeline_id is null and endpoint_id is not null
                then {{ json_value('usage_metadata', 'endpoint_name') }}
        end
            as ResourceName,
        case
            when warehouse_id is not null then 'SQL Warehouse'
            when job_id is not null then 'Job'
            when pipeline_id is not null then 'Pipeline'
            when endpoint_id is not null then 'Serving Endpoint'
            when cluster_id is not null then 'Cluster'
        end
            as ResourceType,
        service_category as ServiceCategory,
        coalesce(billing_origin_product, 'Databricks') as ServiceName,
        'Databricks' as ServiceProviderName,
        case
            when billing_origin_product = 'SQL' then 'Data Warehouses'
            when billing_origin_product like '%MODEL%' then 'Machine Learning'
            when billing_origin_product like 'VECTOR%' then 'Machine Learning'
            when billing_origin_product like 'AI%' then 'Machine Learning'
            else 'Data Processing'
        end
            as ServiceSubcategory,
        sku_name as SkuId,
        -- DBUs of all kinds are alike: of models, the SKU says whose are served
        case when service_category = 'AI and Machine Learning' then sku_name else usage_unit end as SkuMeter,
        -- a SKU is described by its name only
        cast(null as varchar) as SkuPriceDetails,
        case when is_priced then sku_name end as SkuPriceId,
        workspace_id as SubAccountId,
        case when workspace_id is not null then workspace_name end as SubAccountName,
        case when workspace_id is not null then 'Workspace' end as SubAccountType,
        case when has_readable_tags then custom_tags end as Tags,
        x_billing_period,
        cast(usage_start_time as date) as x_charge_date,
        x_charge_id,
        {{ cost_state('cast(null as varchar)', 'is_final') }} as x_cost_state,
        x_delivery_id,
        extra_columns as x_provider_columns,
        {{ change_list({
            'price_missing': 'paid_price is null',
            'paid_price_is_list': 'contract_price is null and list_price is not null',
            'list_price_missing': 'list_price is null and contract_price is not null',
            'price_not_in_bill': 'not is_priced',
            'tags_unreadable': 'not has_readable_tags',
        }) }}
            as x_source_changes,
        x_source_file,
        x_source_id,
        x_source_row
    from costed
)

select * from final
