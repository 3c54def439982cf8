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

-- FOCUS counts cores, and memory in GiB: `8`, `1,952 GiB`
sized as (
    select
        *,
        {{ json_value('product', 'vcpu') }} as vcpu,
        {{ json_value('product', 'memory') }} as memory,
        {{ regexp_group(json_value('product', 'vcpu'), "'^([0-9]+)$'") }} as core_count,
        replace({{ regexp_group(json_value('product', 'memory'), "'^([0-9][0-9,]*([.][0-9]+)?) GiB$'") }}, ',', '')
            as memory_size
    from skus
),

attributes as (
    select
        x_source_id,
        x_billing_period,
        sku,
        concat_ws(
            ',',
            case when core_count <> '' then concat('"CoreCount":', core_count) end,
            case
                when {{ json_value('product', 'volume_type') }} is not null
                    then concat('"DiskType":', {{ json_string(json_value('product', 'volume_type')) }})
            end,
            case when instance_type is not null then concat('"InstanceType":', {{ json_string('instance_type') }}) end,
            case when memory_size <> '' then concat('"MemorySize":', memory_size) end,
            case
                when {{ json_value('product', 'operating_system') }} is not null
                    then concat('"OperatingSystem":', {{ json_string(json_value('product', 'operating_system')) }})
            end,
            case
                when {{ json_value('product', 'storage_class') }} is not null
                    then concat('"StorageClass":', {{ json_string(json_value('product', 'storage_class')) }})
            end,
            case
                when vcpu <> '' and coalesce(core_count, '') = '' then concat('"x_Vcpu":', {{ json_string('vcpu') }})
            end,
            case
                when memory <> '' and coalesce(memory_size, '') = ''
                    then concat('"x_Memory":', {{ json_string('memory') }})
            end
        ) as members
    from sized
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
