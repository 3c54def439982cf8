-- one row per account and span of days in which it, or else the nearest account above, has the same domain
{% set levels = 6 -%}
with accounts as (

    select * from {{ ref('accounts') }}

),

dated_accounts as (

    select
        lower(trim(account_id)) as account_key,
        trim(account_id) as account_id,
        nullif(lower(trim(parent_account_id)), '') as parent_key,
        nullif(lower(trim(domain_id)), '') as domain_id,
        valid_from,
        valid_to
    from accounts

),

spans as (

    {{ validity_spans('dated_accounts', []) }}

),

numbered_spans as (

    select
        span_from,
        span_to,
        row_number() over (order by span_from) as span_number
    from spans

),

nodes as (

    select
        numbered_spans.span_from,
        numbered_spans.span_to,
        numbered_spans.span_number,
        dated_accounts.account_key,
        dated_accounts.account_id,
        dated_accounts.parent_key,
        dated_accounts.domain_id
    from numbered_spans
    inner join dated_accounts
        on {{ in_force('numbered_spans.span_from', 'dated_accounts') }}

),

-- a recursive query would be shorter and is not had on every engine
climbed as (

    select
        level_0.span_from,
        level_0.span_to,
        level_0.span_number,
        level_0.account_key,
        coalesce(
            {% for level in range(levels + 1) %}
                level_{{ level }}.domain_id{{ ',' if not loop.last }}
            {% endfor %}
        ) as domain_id,
        case
            when level_0.domain_id is not null then 'account ' || level_0.account_id
            {% for level in range(1, levels + 1) %}
                when level_{{ level }}.domain_id is not null
                    then 'account ' || level_0.account_id || ' under ' || level_{{ level }}.account_id
            {% endfor %}
        end as evidence
    from nodes as level_0
    {% for level in range(1, levels + 1) %}
        left join nodes as level_{{ level }}
            on
                level_{{ level - 1 }}.parent_key = level_{{ level }}.account_key
                and level_0.span_number = level_{{ level }}.span_number
    {% endfor %}

),

-- spans are cut where any account changes: those between which this one does not are put together again
numbered as (

    select
        span_from,
        span_to,
        account_key,
        domain_id,
        evidence,
        span_number - row_number() over (partition by account_key, domain_id, evidence order by span_number) as island
    from climbed

),

final as (

    select
        account_key,
        domain_id,
        evidence,
        min(span_from) as valid_from,
        max(span_to) as valid_to
    from numbered
    where domain_id is not null
    group by
        account_key,
        domain_id,
        evidence,
        island

)

select * from final
