-- one row per billing period, transition and changed row
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['transition_number', 'policy_file', 'row_key', 'row_version', 'change_id']
) }}

with

rule_changes as (

    select * from {{ ref('stg_landing__rule_changes') }}

),

final as (

    select
        billing_period,
        transition_number,
        change_id,
        period_before,
        publication_before,
        policy_revision_before,
        policy_revision_after,
        policy_file,
        row_key,
        row_version,
        change,
        changed_columns,
        row_before,
        row_after,
        needs_approval,
        approved_by,
        approved_how,
        missing_approval,
        effect_of,
        effective_cost_before,
        effective_cost_after,
        moved_by_all_changes,
        reporting_currency,
        effect_period,
        unmeasured_because,
        notified_at,
        notified_owners
    from rule_changes

)

select * from final
