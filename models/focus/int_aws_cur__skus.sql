-- one row per source, billing period and SKU of the Cost and Usage Reports of the run's periods: what a price is a
-- price of. Reports change what they say of a SKU: a period takes its own word, whichever other periods a run builds
{{ config(materialized='table', order_by=['x_source_id', 'x_billing_period', 'sku']) }}

with run_scope as (
    select * from {{ ref('stg_landing__run_scope') }}
),

line_items as (
    select * from {{ ref('stg_aws__cur') }}
    where
        x_billing_period in (select billing_period from run_scope)
        and sku is not null
        and line_item_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
),

skus as (
    select
        x_source_id,
        x_billing_period,
        sku,
        min(product) as product,
        min(instance_type) as instance_type
    from line_items
    group by x_source_id, x_billing_period, sku
),

attributes as (
    select
        x_source_id,
        x_billing_period,
        sku,
        concat_ws(
            ',',
            case
                when {{ json_value('product', 'vcpu') }} is not null
                    then concat('"CoreCount":', {{ json_string(json_value('product', 'vcpu')) }})
            end,
            case
                when {{ json_value('product', 'volume_type') }} is not null
                    then concat('"DiskType":', {{ json_string(json_value('product', 'volume_type')) }})
            end,
            case when instance_type is not null then concat('"InstanceType":', {{ json_string('instance_type') }}) end,
            case
                when {{ json_value('product', 'memory') }} is not null
                    then concat('"MemorySize":', {{ json_string(json_value('product', 'memory')) }})
            end,
            case
                when {{ json_value('product', 'operating_system') }} is not null
                    then concat('"OperatingSystem":', {{ json_string(json_value('product', 'operating_system')) }})
            end,
            case
                when {{ json_value('product', 'storage_class') }} is not null
                    then concat('"StorageClass":', {{ json_string(json_value('product', 'storage_class')) }})
            end
        ) as members
    from skus
),

final as (
    select
        x_source_id,
        x_billing_period,
        sku,
        concat('{', members, '}') as price_details
    from attributes
    where members <> ''
)

select * from final
