-- one row per workload and span of days within which no policy changes: what its cost is called, and who bears it
{{ config(
    materialized='table_when',
    needed_when='select 1 from allocation.int_kubernetes_workloads',
) }}
with workloads as (

    select * from {{ ref('int_kubernetes_workloads') }}

),

segments as (

    select * from {{ ref('int_policy_segments') }}

),

identity_tags as (

    select * from {{ ref('int_identity_tags') }}

),

rules as (

    select * from {{ ref('int_ownership_rules') }}

),

domain_lookups as (

    select * from {{ ref('int_domain_lookups') }}

),

namespaces as (

    select * from {{ ref('kubernetes_namespaces') }}

),

clusters as (

    select * from {{ ref('kubernetes_clusters') }}

),

cost_domains as (

    select * from {{ ref('cost_domains') }}

),

pools as (

    select * from {{ ref('pools') }}

),

label_sets as (

    select
        workload_id,
        labels as tags,
        1 as place
    from workloads
    where labels is not null
    union all
    select
        workload_id,
        namespace_labels as tags,
        2 as place
    from workloads
    where namespace_labels is not null

),

-- what a pod says of itself goes before what its namespace says
placed_tags as (

    select
        label_sets.workload_id,
        segments.segment_from,
        identity_tags.tag_key,
        identity_tags.tag_value,
        identity_tags.compared_value,
        identity_tags.is_ambiguous,
        label_sets.place,
        min(label_sets.place) over (
            partition by label_sets.workload_id, segments.segment_from, identity_tags.tag_key
        ) as first_place
    from label_sets
    inner join identity_tags
        on label_sets.tags = identity_tags.tags
    inner join segments
        on identity_tags.dictionary_from = segments.dictionary_from

),

tags as (

    select
        workload_id,
        segment_from,
        tag_key,
        tag_value,
        compared_value
    from placed_tags
    where
        place = first_place
        and not is_ambiguous

),

canonical_labels as (

    select
        workload_id,
        segment_from,
        '{' || {{ text_agg(
            json_string('tag_key') ~ " || ':' || " ~ json_string('tag_value'), ',', 'tag_key'
        ) }} || '}' as labels
    from tags
    group by
        workload_id,
        segment_from

),

-- rules of kind tag that look the owner of any charge up, in their order; then product and environment, as names give
lookups as (

    select
        segments.segment_from,
        rules.tag_keys,
        rules.precedence,
        rules.rule_id
    from rules
    inner join segments
        on {{ in_force('segments.segment_from', 'rules') }}
    where
        rules.kind = 'tag'
        and rules.domain_id is null
        and rules.pool_id is null
        and rules.match_evidence = 'every charge'
    union all
    select
        segment_from,
        'product+environment' as tag_keys,
        1000000000 as precedence,
        '' as rule_id
    from segments

),

lookup_keys as (

    select
        lookups.segment_from,
        lookups.tag_keys,
        lookups.precedence,
        lookups.rule_id,
        parts.part_number,
        parts.part as tag_key
    from lookups, {{ split_to_rows('lookups.tag_keys', '+', 'parts') }}

),

lookup_key_counts as (

    select
        segment_from,
        precedence,
        rule_id,
        count(*) as key_count
    from lookup_keys
    group by
        segment_from,
        precedence,
        rule_id

),

looked_up as (

    select
        tags.workload_id,
        tags.segment_from,
        lookup_keys.precedence,
        lookup_keys.rule_id,
        lookup_keys.tag_keys,
        count(*) as found_count,
        {{ text_agg('tags.compared_value', '|', 'lookup_keys.part_number') }} as lookup_value,
        {{ text_agg("tags.tag_key || '=' || tags.tag_value", ', ', 'lookup_keys.part_number') }} as evidence
    from tags
    inner join lookup_keys
        on
            tags.segment_from = lookup_keys.segment_from
            and tags.tag_key = lookup_keys.tag_key
    group by
        tags.workload_id,
        tags.segment_from,
        lookup_keys.precedence,
        lookup_keys.rule_id,
        lookup_keys.tag_keys

),

by_label as (

    select
        looked_up.workload_id,
        looked_up.segment_from,
        domain_lookups.domain_id as target,
        'label ' || looked_up.evidence as evidence,
        1 as source_order,
        looked_up.precedence,
        looked_up.rule_id
    from looked_up
    inner join lookup_key_counts
        on
            looked_up.segment_from = lookup_key_counts.segment_from
            and looked_up.precedence = lookup_key_counts.precedence
            and looked_up.rule_id = lookup_key_counts.rule_id
            and looked_up.found_count = lookup_key_counts.key_count
    inner join domain_lookups
        on
            looked_up.tag_keys = domain_lookups.tag_keys
            and looked_up.lookup_value = domain_lookups.lookup_value
            and looked_up.segment_from >= domain_lookups.span_from
            and looked_up.segment_from < domain_lookups.span_to
    where domain_lookups.domain_id is not null

),

registry as (

    select
        lower(trim(cluster)) as cluster,
        trim(namespace) as namespace,
        trim(label_key) as label_key,
        {{ alphanumeric_only('label_key') }} as spelled_key,
        lower(trim(label_value)) as label_value,
        coalesce(domain_id, pool_id) as target,
        valid_from,
        valid_to
    from namespaces

),

entries as (

    select distinct
        label_sets.workload_id,
        {{ alphanumeric_only('members.member_key') }} as spelled_key,
        lower(trim(members.member_value)) as label_value
    from label_sets, {{ json_members('label_sets.tags', 'members') }}

),

-- labels before none, a cluster's own row before one of any cluster
by_registry as (

    select
        workloads.workload_id,
        segments.segment_from,
        registry.target,
        'namespace ' || registry.namespace || coalesce(' in ' || registry.cluster, '')
        || coalesce(', label ' || registry.label_key || '=' || registry.label_value, '') as evidence,
        2 as source_order,
        case when registry.label_key is null then 2 else 0 end
        + case when registry.cluster is null then 1 else 0 end as precedence,
        coalesce(registry.label_key || '=' || registry.label_value, '') as rule_id
    from workloads
    inner join registry
        on
            lower(workloads.namespace) = lower(registry.namespace)
            and coalesce(registry.cluster, workloads.cluster) = workloads.cluster
    inner join segments
        on {{ in_force('segments.segment_from', 'registry') }}
    left join entries
        on
            workloads.workload_id = entries.workload_id
            and registry.spelled_key = entries.spelled_key
            and registry.label_value = entries.label_value
    where
        registry.label_key is null
        or entries.workload_id is not null

),

idle as (

    select
        workloads.workload_id,
        segments.segment_from,
        clusters.idle_target as target,
        'idle_target of ' || workloads.cluster as evidence,
        1 as source_order,
        1 as precedence,
        '' as rule_id
    from workloads
    inner join clusters
        on
            workloads.cluster = lower(trim(clusters.cluster))
            and workloads.namespace = '__idle__'
            and clusters.idle_target is not null
    inner join segments
        on {{ in_force('segments.segment_from', 'clusters') }}

),

claims as (

    select * from by_label
    union all
    select * from by_registry
    union all
    select * from idle

),

ranked as (

    select
        claims.*,
        row_number() over (
            partition by claims.workload_id, claims.segment_from
            order by claims.source_order, claims.precedence, claims.rule_id, claims.target
        ) as place
    from claims

),

-- targets are spelled as the policy spells them
target_names as (

    select
        lower(trim(domain_id)) as target_key,
        min(trim(domain_id)) as target
    from cost_domains
    group by lower(trim(domain_id))
    union all
    select
        lower(trim(pool_id)) as target_key,
        min(trim(pool_id)) as target
    from pools
    group by lower(trim(pool_id))

),

named as (

    select
        workloads.workload_id,
        segments.segment_from,
        segments.segment_to,
        workloads.cluster,
        workloads.namespace,
        workloads.workload_kind,
        workloads.workload_name,
        canonical_labels.labels,
        coalesce(target_names.target, 'unallocated') as target,
        ranked.evidence
    from workloads
    cross join segments
    left join canonical_labels
        on
            workloads.workload_id = canonical_labels.workload_id
            and segments.segment_from = canonical_labels.segment_from
    left join ranked
        on
            workloads.workload_id = ranked.workload_id
            and segments.segment_from = ranked.segment_from
            and ranked.place = 1
    left join target_names
        on lower(trim(ranked.target)) = target_names.target_key

),

final as (

    select
        workload_id,
        segment_from,
        segment_to,
        {{ integer_key([
            "'kubernetes'", 'cluster', 'namespace', 'workload_kind', 'workload_name', 'labels',
        ]) }} as consumer_id,
        cluster,
        namespace,
        workload_kind,
        workload_name,
        labels,
        target,
        evidence
    from named

)

select * from final
