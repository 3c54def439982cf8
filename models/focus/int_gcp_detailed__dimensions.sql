-- one row per distinct service, SKU, project and location of the run's periods: nested values are parsed once each
{{ config(materialized='table', order_by=['service', 'sku', 'project', 'location']) }}

with run_scope as (
    select * from {{ ref('stg_landing__run_scope') }}
),

export_rows as (
    select distinct
        service,
        sku,
        project,
        location
    from {{ ref('stg_gcp__detailed') }}
    where x_billing_period in (select billing_period from run_scope)
),

services as (
    select * from {{ ref('services') }}
    where provider = 'Google Cloud'
),

regions as (
    select * from {{ ref('regions') }}
    where provider = 'Google Cloud'
),

parsed as (
    select
        service,
        sku,
        project,
        location,
        {{ json_value('service', 'description') }} as service_name,
        {{ json_value('sku', 'id') }} as sku_id,
        {{ json_value('sku', 'description') }} as sku_description,
        {{ json_value('project', 'id') }} as project_id,
        {{ json_value('project', 'name') }} as project_name,
        {{ json_value('project', 'labels') }} as project_labels,
        coalesce({{ json_value('location', 'region') }}, {{ json_value('location', 'location') }}) as region_id,
        {{ json_value('location', 'zone') }} as zone
    from export_rows
),

final as (
    select
        parsed.service,
        parsed.sku,
        parsed.project,
        parsed.location,
        coalesce(parsed.service_name, 'Unspecified') as service_name,
        coalesce(services.service_category, 'Other') as service_category,
        coalesce(services.service_subcategory, 'Other (Other)') as service_subcategory,
        parsed.sku_id,
        parsed.sku_description,
        parsed.project_id,
        parsed.project_name,
        nullif(parsed.project_labels, '[]') as project_labels,
        parsed.region_id,
        coalesce(regions.region_name, parsed.region_id) as region_name,
        parsed.zone
    from parsed
    -- each model of Claude is a service of its own
    left join services
        on
            case when parsed.service_name like 'Claude %' then 'Claude on Vertex AI' else parsed.service_name end
            = services.service_code
    left join regions
        on parsed.region_id = regions.region_id
)

select * from final
