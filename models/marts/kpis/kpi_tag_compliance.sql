-- one row per billing period, source and tag key of the tag policy
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['source_id', 'tag_key']
) }}

with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

allocated_costs as (

    select * from {{ ref('fct_allocated_costs') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

identity_tags as (

    select * from {{ ref('int_identity_tags') }}

),

tag_policy as (

    select * from {{ ref('tag_policy') }}

),

cost_domains as (

    select * from {{ ref('cost_domains') }}

),

segments as (

    select * from {{ ref('int_policy_segments') }}

),

rates as (

    select * from {{ ref('int_reporting_rates') }}

),

partitions as (

    select * from {{ ref('stg_landing__partitions') }}

),

-- within a segment no policy changes, so that its first day speaks for all its days
costs as (

    select
        allocated_costs.billing_period,
        allocated_costs.source_id,
        allocated_costs.identity_id,
        segments.segment_from,
        segments.dictionary_from,
        allocated_costs.billing_currency,
        sum(allocated_costs.effective_cost) as effective_cost
    from allocated_costs
    inner join run_scope
        on allocated_costs.billing_period = run_scope.billing_period
    inner join segments
        on
            allocated_costs.charge_date >= segments.segment_from
            and allocated_costs.charge_date < segments.segment_to
    group by
        allocated_costs.billing_period,
        allocated_costs.source_id,
        allocated_costs.identity_id,
        segments.segment_from,
        segments.dictionary_from,
        allocated_costs.billing_currency

),

policy_by_segment as (

    select
        segments.segment_from,
        lower(trim(tag_policy.tag_key)) as tag_key,
        lower(trim(coalesce(tag_policy.allowed_values_from, ''))) as allowed_values_from,
        case when tag_policy.required then 1 else 0 end as is_required
    from segments
    inner join tag_policy
        on
            segments.segment_from >= tag_policy.valid_from
            and segments.segment_from < tag_policy.valid_to

),

domain_values as (

    {% for attribute in ['domain_id', 'business_unit', 'cost_centre', 'product', 'environment', 'owner'] -%}
        select
            '{{ attribute }}' as allowed_values_from,
            lower(trim({{ attribute }})) as allowed_value,
            valid_from,
            valid_to
        from cost_domains
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

allowed_values as (

    select distinct
        segments.segment_from,
        domain_values.allowed_values_from,
        domain_values.allowed_value
    from segments
    inner join domain_values
        on
            segments.segment_from >= domain_values.valid_from
            and segments.segment_from < domain_values.valid_to

),

-- a bill may be exported without ids of resources: then a charge without one says nothing of whether it has a resource
bills_with_resources as (

    select distinct
        costs.billing_period,
        costs.source_id
    from costs
    inner join identities
        on costs.identity_id = identities.identity_id
    where identities.resource_id is not null

),

-- tags are set on resources: tax, credits, adjustments, fees and purchases without a resource cannot carry any, and
-- some bills have none at all
described as (

    select
        costs.billing_period,
        costs.source_id,
        costs.segment_from,
        costs.dictionary_from,
        costs.billing_currency,
        costs.effective_cost,
        identities.tags,
        identities.charge_category in ('Usage', 'Purchase')
        and partitions.source_kind not in (
            {% for kind in kinds_without_tags() -%}
                '{{ kind }}'{{ ',' if not loop.last }}
            {% endfor -%}
        )
        and (
            identities.resource_id is not null
            or identities.tags is not null
            or bills_with_resources.source_id is null
        ) as is_taggable
    from costs
    inner join identities
        on costs.identity_id = identities.identity_id
    inner join partitions
        on
            costs.source_id = partitions.source_id
            and costs.billing_period = partitions.billing_period
    left join bills_with_resources
        on
            costs.source_id = bills_with_resources.source_id
            and costs.billing_period = bills_with_resources.billing_period

),

judged as (

    select
        described.billing_period,
        described.source_id,
        policy_by_segment.tag_key,
        policy_by_segment.is_required,
        described.billing_currency,
        described.effective_cost,
        case
            when not described.is_taggable then 'untaggable'
            when identity_tags.compared_value is null then 'missing'
            -- two spellings of the key with two values say nothing that one could rely on
            when identity_tags.is_ambiguous then 'invalid'
            when policy_by_segment.allowed_values_from = '' then 'compliant'
            when allowed_values.allowed_value is not null then 'compliant'
            else 'invalid'
        end as verdict
    from described
    inner join policy_by_segment
        on described.segment_from = policy_by_segment.segment_from
    left join identity_tags
        on
            described.tags = identity_tags.tags
            and described.dictionary_from = identity_tags.dictionary_from
            and policy_by_segment.tag_key = identity_tags.tag_key
    left join allowed_values
        on
            described.segment_from = allowed_values.segment_from
            and policy_by_segment.allowed_values_from = allowed_values.allowed_values_from
            and identity_tags.compared_value = allowed_values.allowed_value

),

by_currency as (

    select
        billing_period,
        source_id,
        tag_key,
        billing_currency,
        verdict,
        max(is_required) as is_required,
        sum(effective_cost) as effective_cost
    from judged
    group by
        billing_period,
        source_id,
        tag_key,
        billing_currency,
        verdict

),

converted as (

    select
        by_currency.billing_period,
        by_currency.source_id,
        by_currency.tag_key,
        by_currency.is_required,
        by_currency.verdict,
        rates.to_currency as reporting_currency,
        {{ convert_currency('by_currency.effective_cost', 'rates.rate') }} as reporting_cost
    from by_currency
    left join rates
        on
            by_currency.billing_period = rates.billing_period
            and by_currency.billing_currency = rates.from_currency

),

-- a currency without a rate makes the sums unknown, not smaller
sums as (

    select
        billing_period,
        source_id,
        tag_key,
        reporting_currency,
        max(is_required) as is_required,
        count(*) = count(reporting_cost) as is_known,
        sum(case when verdict = 'compliant' then reporting_cost else 0 end) as compliant_cost,
        sum(case when verdict = 'missing' then reporting_cost else 0 end) as missing_cost,
        sum(case when verdict = 'invalid' then reporting_cost else 0 end) as invalid_cost,
        sum(case when verdict <> 'untaggable' then reporting_cost else 0 end) as total_cost,
        sum(case when verdict = 'untaggable' then reporting_cost else 0 end) as untaggable_cost
    from converted
    group by
        billing_period,
        source_id,
        tag_key,
        reporting_currency

),

final as (

    select
        billing_period,
        source_id,
        tag_key,
        is_required = 1 as is_required,
        cast(case when is_known then compliant_cost end as decimal(38, 12)) as compliant_cost,
        cast(case when is_known then missing_cost end as decimal(38, 12)) as missing_cost,
        cast(case when is_known then invalid_cost end as decimal(38, 12)) as invalid_cost,
        cast(case when is_known then total_cost end as decimal(38, 12)) as total_cost,
        cast(case when is_known then untaggable_cost end as decimal(38, 12)) as untaggable_cost,
        reporting_currency,
        case
            when is_known and total_cost > 0 then cast(compliant_cost as double) / cast(total_cost as double)
        end as compliant_share_of_cost,
        case
            when is_known and total_cost + untaggable_cost > 0
                then cast(compliant_cost as double) / cast(total_cost + untaggable_cost as double)
        end as compliant_share_of_all_cost
    from sums

)

select * from final
