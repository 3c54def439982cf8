-- one row per pod and interval of machines that Amazon splits itself, on days of which no feed tells anything
-- The rows have no cost of their own (it is in the machine's row): they are used as measurements, never as charges.
{{ config(
    materialized='table_when',
    needed_when='select 1 from staging.stg_aws__cur where split_parent_resource_id is not null',
) }}
with aws_cur as (

    select * from {{ ref('stg_aws__cur') }}

),

kubernetes_usage as (

    select * from {{ ref('stg_kubernetes__usage') }}

),

opencost as (

    select * from {{ ref('stg_kubernetes__opencost') }}

),

ocp_report as (

    select * from {{ ref('stg_kubernetes__ocp_report') }}

),

-- tasks of ECS are split alike, and are no pods
pod_lines as (

    select
        x_source_id as source_id,
        x_billing_period as billing_period,
        {{ interval_date('usage_start') }} as usage_date,
        {{ interval_hour('usage_start', 'usage_end') }} as usage_hour,
        split_parent_resource_id as provider_id,
        resource_id,
        coalesce(tags, resource_tags) as tags_text,
        usage_type,
        split_reserved_usage as reserved,
        case
            when split_reserved_usage is null and split_actual_usage is null then split_usage
            else split_actual_usage
        end as used,
        x_delivery_id as delivery_id,
        x_source_file as source_file,
        x_source_row as source_row
    from aws_cur
    where
        split_parent_resource_id is not null
        and operation like 'EKSPod%'
        and coalesce(split_reserved_usage, split_actual_usage, split_usage) is not null

),

-- a pod has a line per resource
pods as (

    select
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        provider_id,
        resource_id,
        tags_text,
        sum(case when usage_type like '%vCPU-Hours' then reserved end) as cpu_request,
        sum(case when usage_type like '%vCPU-Hours' then used end) as cpu_usage,
        sum(case when usage_type like '%GB-Hours' then reserved end) as memory_request,
        sum(case when usage_type like '%GB-Hours' then used end) as memory_usage,
        min(delivery_id) as delivery_id,
        min(source_file) as source_file,
        min(source_row) as source_row
    from pod_lines
    group by
        source_id,
        billing_period,
        usage_date,
        usage_hour,
        provider_id,
        resource_id,
        tags_text

),

tag_sets as (

    select distinct tags_text
    from pods

),

-- `tags` writes resourceTags/aws:eks:workload-name, `resource_tags` aws_eks_workload_name
named as (

    select
        tags_text,
        {{ regexp_group('tags_text', "'aws[:_]eks[:_]cluster[-_]name\" *: *\"([^\"]+)'") }} as cluster,
        {{ regexp_group('tags_text', "'aws[:_]eks[:_]node\" *: *\"([^\"]+)'") }} as node,
        {{ regexp_group('tags_text', "'aws[:_]eks[:_]namespace\" *: *\"([^\"]+)'") }} as namespace,
        {{ regexp_group('tags_text', "'aws[:_]eks[:_]workload[-_]type\" *: *\"([^\"]+)'") }} as workload_kind,
        {{ regexp_group('tags_text', "'aws[:_]eks[:_]workload[-_]name\" *: *\"([^\"]+)'") }} as workload_name
    from tag_sets

),

told as (

    select
        provider_id,
        usage_date
    from kubernetes_usage
    where provider_id is not null
    union
    select
        provider_id,
        usage_date
    from opencost
    where provider_id is not null
    union
    select
        provider_id,
        usage_date
    from ocp_report
    where provider_id is not null

),

-- aws:///eu-central-1a/i-0… and i-0… are one machine
told_machines as (

    select distinct
        usage_date,
        lower({{ regexp_group('provider_id', "'([^/]+)$'") }}) as machine
    from told

),

final as (

    select
        pods.source_id,
        pods.billing_period,
        pods.usage_date,
        pods.usage_hour,
        coalesce(
            named.cluster, {{ regexp_group('pods.resource_id', "':pod/([^/]+)/'") }}
        ) as cluster,
        coalesce(named.node, pods.provider_id) as node,
        pods.provider_id,
        coalesce(
            named.namespace, {{ regexp_group('pods.resource_id', "':pod/[^/]+/([^/]+)/'") }}
        ) as namespace,
        named.workload_kind,
        named.workload_name,
        coalesce(
            {{ regexp_group('pods.resource_id', "':pod/[^/]+/[^/]+/([^/]+)'") }}, pods.resource_id
        ) as pod,
        cast(pods.cpu_request as decimal(38, 12)) as cpu_request,
        cast(pods.cpu_usage as decimal(38, 12)) as cpu_usage,
        cast(pods.memory_request as decimal(38, 12)) as memory_request,
        cast(pods.memory_usage as decimal(38, 12)) as memory_usage,
        pods.delivery_id,
        pods.source_file,
        pods.source_row
    from pods
    left join named
        on coalesce(pods.tags_text, '') = coalesce(named.tags_text, '')
    left join told_machines
        on
            lower(pods.provider_id) = told_machines.machine
            and pods.usage_date = told_machines.usage_date
    where told_machines.machine is null

)

select * from final
