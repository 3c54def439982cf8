-- one row per identity and span of days: its owner, or the version of the pool that it goes to
-- Spans are those of the assignments, cut once more where a pool's agreed shares, limits or chains change, so that a
-- month is divided anew from that day.
{{ config(order_by=['identity_id', 'segment_from']) }}
with assignments as (

    select * from {{ ref('int_identity_assignments') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

identity_tags as (

    select * from {{ ref('int_identity_tags') }}

),

policy_segments as (

    select * from {{ ref('int_policy_segments') }}

),

pools as (

    select * from {{ ref('pools') }}

),

pool_targets as (

    select * from {{ ref('pool_targets') }}

),

pool_fallbacks as (

    select * from {{ ref('pool_fallbacks') }}

),

pool_resolution as (

    select * from {{ ref('pool_resolution') }}

),

numbered_targets as (

    select
        lower(trim(pool_id)) as pool_key,
        lower(trim(target_pool_id)) as target_pool_key,
        valid_from,
        valid_to
    from pool_targets
    where
        not coalesce(excluded, false)
        and (
            share is not null
            or floor_share is not null
            or cap_share is not null
            or target_pool_id is not null
        )

),

cut_pools as (

    select pool_key
    from numbered_targets
    union
    select target_pool_key as pool_key
    from numbered_targets
    where target_pool_key is not null
    union
    select lower(trim(pool_id)) as pool_key
    from pool_fallbacks

),

cutting_rows as (

    select
        valid_from,
        valid_to
    from numbered_targets
    union
    select
        valid_from,
        valid_to
    from pool_fallbacks
    union
    select
        valid_from,
        valid_to
    from pool_resolution
    union
    select
        pools.valid_from,
        pools.valid_to
    from pools
    inner join cut_pools
        on lower(trim(pools.pool_id)) = cut_pools.pool_key

),

cuts as (

    {{ validity_spans('cutting_rows', []) }}

),

located as (

    select
        assignments.identity_id,
        greatest(assignments.segment_from, coalesce(cuts.span_from, assignments.segment_from)) as segment_from,
        least(assignments.segment_to, coalesce(cuts.span_to, assignments.segment_to)) as segment_to,
        assignments.domain_id,
        coalesce(pools.pool_id, assignments.pool_id) as pool_id,
        pools.pool_version,
        pools.scope_by,
        -- only a driver is measured over a time: a pool without one is divided as of the charge's day
        case
            when pools.driver_id is not null then {{ division_window('pools.driver_window') }}
            when pools.pool_id is not null then 'charge_day'
        end as driver_window,
        cuts.span_from as cut_from,
        assignments.rule_id,
        assignments.rule_version,
        assignments.attribution_method,
        assignments.reason
    from assignments
    left join pools
        on
            lower(trim(assignments.pool_id)) = lower(trim(pools.pool_id))
            and assignments.segment_from >= pools.valid_from
            and assignments.segment_from < pools.valid_to
    left join cut_pools
        on lower(trim(pools.pool_id)) = cut_pools.pool_key
    left join cuts
        on
            cut_pools.pool_key is not null
            and assignments.segment_from < cuts.span_to
            and assignments.segment_to > cuts.span_from

),

tag_scopes as (

    select count(*) as pool_count
    from pools
    where scope_by in ('environment', 'cluster')

),

-- what a tag says may change with the dictionary: cut there too, when a pool is partitioned by a tag
dictionary_spans as (

    select distinct
        policy_segments.dictionary_from,
        policy_segments.dictionary_to
    from policy_segments
    inner join tag_scopes
        on tag_scopes.pool_count > 0

),

tagged as (

    select
        located.identity_id,
        greatest(located.segment_from, coalesce(dictionary_spans.dictionary_from, located.segment_from))
            as segment_from,
        least(located.segment_to, coalesce(dictionary_spans.dictionary_to, located.segment_to)) as segment_to,
        located.domain_id,
        located.pool_id,
        located.pool_version,
        located.scope_by,
        located.driver_window,
        located.cut_from,
        located.rule_id,
        located.rule_version,
        located.attribution_method,
        located.reason,
        {%- for column in scope_columns() %}
            identities.{{ column }},
        {%- endfor %}
        environments.compared_value as environment,
        coalesce(clusters.compared_value, identities.kubernetes_cluster) as cluster
    from located
    inner join identities
        on located.identity_id = identities.identity_id
    left join dictionary_spans
        on
            located.segment_from < dictionary_spans.dictionary_to
            and located.segment_to > dictionary_spans.dictionary_from
    left join identity_tags as environments
        on
            identities.tags = environments.tags
            and dictionary_spans.dictionary_from = environments.dictionary_from
            and environments.tag_key = 'environment'
            and not environments.is_ambiguous
    left join identity_tags as clusters
        on
            identities.tags = clusters.tags
            and dictionary_spans.dictionary_from = clusters.dictionary_from
            and clusters.tag_key = 'cluster'
            and not clusters.is_ambiguous

),

scoped as (

    select
        tagged.identity_id,
        tagged.segment_from,
        tagged.segment_to,
        tagged.domain_id,
        tagged.pool_id,
        tagged.pool_version,
        tagged.scope_by,
        {{ scope_key('tagged.scope_by', 'tagged') }} as scope_key,
        tagged.driver_window,
        tagged.cut_from,
        tagged.cluster,
        tagged.rule_id,
        tagged.rule_version,
        tagged.attribution_method,
        tagged.reason
    from tagged

),

final as (

    select
        identity_id,
        segment_from,
        segment_to,
        domain_id,
        pool_id,
        pool_version,
        scope_key,
        case
            when pool_version is not null then {{ integer_key(['pool_id', 'pool_version', 'scope_key']) }}
        end as pool_scope_id,
        driver_window,
        cut_from,
        cluster,
        rule_id,
        rule_version,
        attribution_method,
        reason
    from scoped

)

select * from final
