-- one row per billing period, pool, billing currency and cost metric
with

charges as (

    select * from {{ ref('int_charges') }}

),

assignments as (

    select * from {{ ref('int_identity_assignments') }}

),

split_totals as (

    select * from {{ ref('int_split_totals') }}

),

pooled_identities as (

    select
        identity_id,
        segment_from,
        segment_to,
        pool_id
    from assignments
    where pool_id is not null

),

both_sides as (

    -- what the ownership rules put into the pool ...
    select
        'pooled' as side,
        charges.billing_period,
        pooled_identities.pool_id,
        charges.billing_currency,
        charges.billed_cost,
        charges.effective_cost,
        charges.list_cost,
        charges.contracted_cost
    from charges
    inner join pooled_identities
        on
            charges.identity_id = pooled_identities.identity_id
            and charges.charge_date >= pooled_identities.segment_from
            and charges.charge_date < pooled_identities.segment_to

    union all

    -- ... and what its owners bear
    select
        'borne' as side,
        billing_period,
        pool_id,
        billing_currency,
        billed_cost,
        effective_cost,
        list_cost,
        contracted_cost
    from split_totals
    where pool_id is not null

),

compared as (

    select
        billing_period,
        pool_id,
        billing_currency,
        coalesce(sum(case when side = 'pooled' then billed_cost end), 0) as expected_billed_cost,
        coalesce(sum(case when side = 'borne' then billed_cost end), 0) as actual_billed_cost,
        coalesce(sum(case when side = 'pooled' then effective_cost end), 0) as expected_effective_cost,
        coalesce(sum(case when side = 'borne' then effective_cost end), 0) as actual_effective_cost,
        coalesce(sum(case when side = 'pooled' then list_cost end), 0) as expected_list_cost,
        coalesce(sum(case when side = 'borne' then list_cost end), 0) as actual_list_cost,
        coalesce(sum(case when side = 'pooled' then contracted_cost end), 0) as expected_contracted_cost,
        coalesce(sum(case when side = 'borne' then contracted_cost end), 0) as actual_contracted_cost
    from both_sides
    group by
        billing_period,
        pool_id,
        billing_currency

),

by_metric as (
    {{ cost_metrics_to_rows('compared', ['billing_period', 'pool_id', 'billing_currency']) }}
),

final as (

    select
        billing_period,
        'pool ' || pool_id || ' ' || billing_period || ', ' || replace(metric, '_', ' ') || ' in ' || billing_currency
        || ' from pool to owners' as subject,
        pool_id,
        billing_currency,
        metric,
        expected,
        actual,
        difference
    from by_metric

)

select * from final
