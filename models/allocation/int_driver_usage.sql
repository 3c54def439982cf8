-- one row per row of a usage feed, and one per day, driver and consumer of what vendors meter
{{ config(materialized='view') }}
with feed_rows as (

    select * from {{ ref('stg_feeds__driver_usage') }}

),

openai_usage as (

    select * from {{ ref('stg_openai__usage') }}

),

anthropic_usage as (

    select * from {{ ref('stg_anthropic__usage') }}

),

saas_seats as (

    select * from {{ ref('stg_saas__seats') }}

),

kubernetes_usage as (

    select * from {{ ref('int_kubernetes_driver_usage') }}

),

account_owners as (

    select * from {{ ref('int_account_owners') }}

),

ai_usage as (

    select * from {{ ref('int_ai_driver_usage') }}

),

-- cached input is among OpenAI's input tokens, and apart from Anthropic's; what priority capacity took is on no bill of
-- usage
metered as (

    select
        usage_date,
        source_id,
        'openai_input_tokens' as driver,
        cast(null as {{ dbt.type_string() }}) as domain_id,
        api_key_id as narrow_account_id,
        project_id as account_id,
        input_tokens as quantity
    from openai_usage
    union all
    select
        usage_date,
        source_id,
        'openai_output_tokens' as driver,
        cast(null as {{ dbt.type_string() }}) as domain_id,
        api_key_id as narrow_account_id,
        project_id as account_id,
        output_tokens as quantity
    from openai_usage
    union all
    select
        usage_date,
        source_id,
        'openai_tokens' as driver,
        cast(null as {{ dbt.type_string() }}) as domain_id,
        api_key_id as narrow_account_id,
        project_id as account_id,
        coalesce(input_tokens, 0) + coalesce(output_tokens, 0) as quantity
    from openai_usage
    union all
    select
        usage_date,
        source_id,
        'openai_requests' as driver,
        cast(null as {{ dbt.type_string() }}) as domain_id,
        api_key_id as narrow_account_id,
        project_id as account_id,
        requests as quantity
    from openai_usage
    union all
    select
        usage_date,
        source_id,
        case when service_tier = 'priority' then 'anthropic_priority_tokens' else 'anthropic_tokens' end as driver,
        cast(null as {{ dbt.type_string() }}) as domain_id,
        api_key_id as narrow_account_id,
        workspace_id as account_id,
        coalesce(uncached_input_tokens, 0) + coalesce(cache_read_input_tokens, 0)
        + coalesce(cache_write_5m_input_tokens, 0) + coalesce(cache_write_1h_input_tokens, 0)
        + coalesce(output_tokens, 0) as quantity
    from anthropic_usage
    union all
    select
        usage_date,
        source_id,
        'anthropic_output_tokens' as driver,
        cast(null as {{ dbt.type_string() }}) as domain_id,
        api_key_id as narrow_account_id,
        workspace_id as account_id,
        output_tokens as quantity
    from anthropic_usage
    where coalesce(service_tier, 'standard') <> 'priority'
    union all
    select
        usage_date,
        source_id,
        'seats_' || contract_id as driver,
        domain_id,
        cast(null as {{ dbt.type_string() }}) as narrow_account_id,
        account_id,
        seats as quantity
    from saas_seats

),

-- a report repeats a consumer per model and tier
consumed as (

    select
        usage_date,
        source_id,
        driver,
        domain_id,
        lower(narrow_account_id) as narrow_account_key,
        lower(account_id) as account_key,
        sum(quantity) as quantity
    from metered
    where quantity is not null
    group by
        usage_date,
        source_id,
        driver,
        domain_id,
        lower(narrow_account_id),
        lower(account_id)
    having sum(quantity) <> 0

),

-- who owns the key, else who owns the project or workspace it is in
owned as (

    select
        consumed.usage_date,
        consumed.source_id,
        consumed.driver,
        consumed.quantity,
        coalesce(
            consumed.domain_id, narrow_owners.domain_id, account_owners.domain_id, 'unallocated'
        ) as target
    from consumed
    left join account_owners as narrow_owners
        on
            consumed.narrow_account_key = narrow_owners.account_key
            and {{ in_force('consumed.usage_date', 'narrow_owners') }}
    left join account_owners
        on
            consumed.account_key = account_owners.account_key
            and {{ in_force('consumed.usage_date', 'account_owners') }}

),

final as (

    select
        usage_date,
        usage_hour,
        driver,
        scope,
        target,
        quantity,
        source_id,
        case when consumer is not null then {{ integer_key(["'driver_usage'", 'lower(consumer)']) }} end as consumer_id
    from feed_rows
    union all
    select
        usage_date,
        cast(null as bigint) as usage_hour,
        driver,
        '' as scope,
        target,
        quantity,
        source_id,
        cast(null as bigint) as consumer_id
    from owned
    union all
    select
        usage_date,
        usage_hour,
        driver,
        scope,
        target,
        quantity,
        source_id,
        consumer_id
    from kubernetes_usage
    union all
    select
        usage_date,
        usage_hour,
        driver,
        scope,
        target,
        quantity,
        source_id,
        consumer_id
    from ai_usage

)

select * from final
