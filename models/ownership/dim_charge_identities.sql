-- one row per identity: what repeats in a bill, decided on once
with period_identities as (

    select * from {{ ref('int_period_identities') }}

),

measured_periods as (

    select * from {{ ref('int_measured_periods') }}

),

kubernetes_resources as (

    select * from {{ ref('int_kubernetes_resources') }}

),

ranked as (

    select
        period_identities.*,
        min(period_identities.first_charge_date) over (partition by period_identities.identity_id) as first_day,
        max(period_identities.last_charge_date) over (partition by period_identities.identity_id) as last_day,
        row_number() over (
            partition by period_identities.identity_id
            order by period_identities.last_charge_id desc
        ) as place
    from period_identities
    where period_identities.billing_period in (select measured_periods.billing_period from measured_periods)

),

identities as (

    select
        identity_id,
        source_id,
        service_provider_name,
        host_provider_name,
        invoice_issuer_name,
        billing_account_id,
        billing_account_name,
        sub_account_id,
        sub_account_name,
        resource_id,
        resource_name,
        resource_type,
        service_name,
        service_category,
        service_subcategory,
        sku_meter,
        region_id,
        charge_category,
        charge_class,
        tags,
        commitment_discount_id,
        commitment_discount_status,
        capacity_reservation_status,
        billing_currency,
        coalesce(resource_name, {{ regexp_group('resource_id', "'([^/:]+)[/:]*$'", 1) }}) as match_name,
        first_day as first_charge_date,
        last_day as last_charge_date,
        cast({{ dbt.dateadd('day', 1, 'last_day') }} as date) as end_charge_date
    from ranked
    where place = 1

),

-- meters say which model is used, and what of it, each provider in its own words
ai_texts as (

    select
        identity_id,
        lower(trim(service_provider_name)) as name_provider,
        lower(sku_meter || '|' || service_name || coalesce('|' || resource_name, '')) as name_text,
        last_charge_date as as_of
    from identities
    where sku_meter is not null

),

meter_names as (

    select distinct
        name_provider,
        name_text,
        as_of
    from ai_texts

),

meters as (

    {{ ai_pattern_matches('meter_names', 'bill') }}

),

metered_models as (

    select distinct
        provider as name_provider,
        model as name_text,
        as_of
    from meters

),

models as (

    {{ ai_pattern_matches('metered_models', 'model') }}

),

ai_meters as (

    select
        ai_texts.identity_id,
        coalesce(models.provider, meters.provider) || '|' || coalesce(models.model, meters.model) as ai_model,
        coalesce(models.model_family, meters.model_family) as ai_model_family,
        coalesce(models.model_class, meters.model_class) as ai_model_class,
        meters.token_class as ai_token_class,
        meters.is_batch as ai_is_batch,
        meters.tokens_per_unit as ai_tokens_per_unit
    from ai_texts
    inner join meters
        on
            ai_texts.name_provider = meters.name_provider
            and ai_texts.name_text = meters.name_text
            and ai_texts.as_of = meters.as_of
    left join models
        on
            meters.provider = models.name_provider
            and meters.model = models.name_text
            and meters.as_of = models.as_of

),

kubernetes_keys as (

    {{ kubernetes_identity_keys('identities') }}

),

-- what a node is charged for apart from the machine itself is the transfer of its data
kubernetes_roles as (

    select
        kubernetes_keys.identity_id,
        min(kubernetes_resources.cluster) as kubernetes_cluster,
        min(kubernetes_resources.role) as resource_role
    from kubernetes_keys
    inner join kubernetes_resources
        on kubernetes_keys.resource_key = kubernetes_resources.resource_key
    group by kubernetes_keys.identity_id

),

-- where Google splits the cost of a cluster itself, each row names its namespace: it is split already, and has an owner
-- by its labels
final as (

    select
        identities.*,
        ai_meters.ai_model,
        ai_meters.ai_model_family,
        ai_meters.ai_model_class,
        ai_meters.ai_token_class,
        ai_meters.ai_is_batch,
        ai_meters.ai_tokens_per_unit,
        kubernetes_roles.kubernetes_cluster,
        case
            when identities.tags like '%"k8s-namespace":%' then null
            when kubernetes_roles.resource_role = 'node' and identities.service_category = 'Networking' then 'network'
            else kubernetes_roles.resource_role
        end as kubernetes_role
    from identities
    left join kubernetes_roles
        on identities.identity_id = kubernetes_roles.identity_id
    left join ai_meters
        on identities.identity_id = ai_meters.identity_id

)

select * from final
