-- one row per identity, rule version that claims it, way in which it does, and span of days: of all kinds, with the
-- owner checked to be in force
{% set kinds = ['override', 'ring_fence', 'tag', 'cmdb', 'account', 'naming', 'default'] -%}
with cost_domains as (

    select * from {{ ref('cost_domains') }}

),

pools as (

    select * from {{ ref('pools') }}

),

override_candidates as (

    select * from {{ ref('int_candidates__override') }}

),

ring_fence_candidates as (

    select * from {{ ref('int_candidates__ring_fence') }}

),

tag_candidates as (

    select * from {{ ref('int_candidates__tag') }}

),

cmdb_candidates as (

    select * from {{ ref('int_candidates__cmdb') }}

),

account_candidates as (

    select * from {{ ref('int_candidates__account') }}

),

naming_candidates as (

    select * from {{ ref('int_candidates__naming') }}

),

default_candidates as (

    select * from {{ ref('int_candidates__default') }}

),

candidates as (

    {% for kind in kinds %}
        select
            identity_id,
            claim_from,
            claim_to,
            rule_id,
            rule_version,
            kind,
            precedence,
            search_order,
            domain_id,
            pool_id,
            evidence,
            reason
        from {{ kind }}_candidates
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- ids are spelled as the domain and the pool spell them themselves
owners as (

    select
        'domain' as owner_kind,
        lower(trim(domain_id)) as owner_key,
        trim(domain_id) as owner_id,
        valid_from,
        valid_to
    from cost_domains
    union all
    select
        'pool' as owner_kind,
        lower(trim(pool_id)) as owner_key,
        trim(pool_id) as owner_id,
        valid_from,
        valid_to
    from pools

),

spans as (

    {{ validity_spans('owners', ['owner_kind', 'owner_key']) }}

),

owner_spans as (

    select
        spans.owner_kind,
        spans.owner_key,
        spans.span_from,
        spans.span_to,
        owners.owner_id
    from spans
    left join owners
        on
            spans.owner_kind = owners.owner_kind
            and spans.owner_key = owners.owner_key
            and {{ in_force('spans.span_from', 'owners') }}

),

claims as (

    select
        identity_id,
        claim_from,
        claim_to,
        rule_id,
        rule_version,
        kind,
        precedence,
        search_order,
        case when pool_id is not null then 'pool' when domain_id is not null then 'domain' end as owner_kind,
        lower(coalesce(pool_id, domain_id)) as owner_key,
        evidence,
        reason
    from candidates

),

final as (

    select
        claims.identity_id,
        greatest(claims.claim_from, coalesce(owner_spans.span_from, claims.claim_from)) as claim_from,
        least(claims.claim_to, coalesce(owner_spans.span_to, claims.claim_to)) as claim_to,
        claims.rule_id,
        claims.rule_version,
        claims.kind,
        claims.precedence,
        claims.search_order,
        case when claims.owner_kind = 'domain' then owner_spans.owner_id end as domain_id,
        case when claims.owner_kind = 'pool' then owner_spans.owner_id end as pool_id,
        claims.evidence,
        case
            when claims.reason is not null then claims.reason
            when owner_spans.owner_id is null then claims.owner_kind || '_not_in_force'
        end as reason
    from claims
    left join owner_spans
        on
            claims.owner_kind = owner_spans.owner_kind
            and claims.owner_key = owner_spans.owner_key
            and claims.claim_from < owner_spans.span_to
            and claims.claim_to > owner_spans.span_from

)

select * from final
