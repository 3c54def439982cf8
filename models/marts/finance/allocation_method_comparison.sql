-- one row per billing period, cost centre and billing currency: its cost under each way of resolving pools that feed
-- pools
-- The published figure is the ledger's; the others differ from it by what another resolution of chained pools would
-- move, worked out on the sums that the ledger holds of them: each column has exactly the same total, and the
-- resolution in force no difference.
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['business_unit', 'cost_centre', 'billing_currency'],
) }}
-- what is read more than once is named where it is read: an engine holds a shared part of a query in memory, whole
with run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

costs_by_domain as (

    select * from {{ ref('int_costs_by_domain') }}

),

allocation_shares as (

    select * from {{ ref('allocation_shares') }}

),

pool_chains as (

    select * from {{ ref('int_pool_chains') }}

),

cost_domains as (

    select * from {{ ref('dim_cost_domains') }}

),

-- one resolution may be in force until the 16th and another from the 17th
resolutions as (

    select
        billing_period,
        min(resolution) as first_resolution,
        max(resolution) as last_resolution
    from allocation_shares
    where resolution is not null
    group by billing_period

),

chained_shares as (

    select
        share_id,
        membership_id,
        billing_period,
        resolution
    from allocation_shares
    where resolution is not null

),

published as (

    select
        billing_period,
        business_unit,
        cost_centre,
        billing_currency,
        sum(effective_cost) as effective_cost
    from costs_by_domain
    group by
        billing_period,
        business_unit,
        cost_centre,
        billing_currency

),

chained_costs as (

    select
        chained_shares.membership_id,
        chained_shares.resolution,
        allocated_costs.billing_period,
        allocated_costs.charge_date,
        allocated_costs.billing_currency,
        sum(allocated_costs.effective_cost) as effective_cost
    from {{ ref('fct_allocated_costs') }} as allocated_costs
    inner join run_scope
        on allocated_costs.billing_period = run_scope.billing_period
    inner join chained_shares
        on
            allocated_costs.billing_period = chained_shares.billing_period
            and allocated_costs.share_id = chained_shares.share_id
    group by
        chained_shares.membership_id,
        chained_shares.resolution,
        allocated_costs.billing_period,
        allocated_costs.charge_date,
        allocated_costs.billing_currency

),

owner_parts as (

    select
        resolution,
        membership_id,
        domain_id,
        sum(share_of_pool) as share_of_pool
    from pool_chains
    where target_pool_id is null
    group by
        resolution,
        membership_id,
        domain_id

),

bounded as (

    {{ bounds_of_parts('owner_parts', ['resolution', 'membership_id'], 'share_of_pool', ['domain_id']) }}

),

resolved as (

    select
        bounded.resolution,
        bounded.resolution = chained_costs.resolution as is_in_force,
        bounded.domain_id,
        chained_costs.billing_period,
        chained_costs.charge_date,
        chained_costs.billing_currency,
        {{ split_amount(
            'chained_costs.effective_cost',
            double_from_decimal('chained_costs.effective_cost'),
            'bounded.share_from',
            'bounded.share_to'
        ) }} as effective_cost
    from chained_costs
    inner join bounded
        on chained_costs.membership_id = bounded.membership_id

),

moves as (

    select
        'ledger' as resolution,
        false as is_in_force,
        allocated_costs.domain_id,
        allocated_costs.billing_period,
        allocated_costs.charge_date,
        allocated_costs.billing_currency,
        allocated_costs.effective_cost
    from {{ ref('fct_allocated_costs') }} as allocated_costs
    inner join run_scope
        on allocated_costs.billing_period = run_scope.billing_period
    inner join chained_shares
        on
            allocated_costs.billing_period = chained_shares.billing_period
            and allocated_costs.share_id = chained_shares.share_id
    union all
    select
        resolution,
        is_in_force,
        domain_id,
        billing_period,
        charge_date,
        billing_currency,
        effective_cost
    from resolved

),

chained as (

    select
        moves.billing_period,
        cost_domains.business_unit,
        cost_domains.cost_centre,
        moves.billing_currency,
        sum(case when moves.resolution = 'ledger' then moves.effective_cost else 0 end) as ledger_cost,
        sum(case when moves.is_in_force then moves.effective_cost else 0 end) as published_cost,
        sum(case when moves.resolution = 'direct' then moves.effective_cost else 0 end) as direct_cost,
        sum(case when moves.resolution = 'step_down' then moves.effective_cost else 0 end) as step_down_cost,
        sum(case when moves.resolution = 'reciprocal' then moves.effective_cost else 0 end) as reciprocal_cost
    from moves
    left join cost_domains
        on
            moves.domain_id = cost_domains.domain_id
            and moves.charge_date >= cost_domains.applies_from
            and moves.charge_date < cost_domains.applies_to
    group by
        moves.billing_period,
        cost_domains.business_unit,
        cost_domains.cost_centre,
        moves.billing_currency

),

cost_centres as (

    select
        billing_period,
        business_unit,
        cost_centre,
        billing_currency
    from published
    union
    select
        billing_period,
        business_unit,
        cost_centre,
        billing_currency
    from chained

),

compared as (

    select
        cost_centres.billing_period,
        cost_centres.business_unit,
        cost_centres.cost_centre,
        cost_centres.billing_currency,
        coalesce(published.effective_cost, 0) as effective_cost,
        coalesce(chained.ledger_cost, 0) as chained_cost,
        coalesce(chained.direct_cost, 0) - coalesce(chained.published_cost, 0) as direct_difference,
        coalesce(chained.step_down_cost, 0) - coalesce(chained.published_cost, 0) as step_down_difference,
        coalesce(chained.reciprocal_cost, 0) - coalesce(chained.published_cost, 0) as reciprocal_difference
    from cost_centres
    left join published
        on
            cost_centres.billing_period = published.billing_period
            and cost_centres.business_unit = published.business_unit
            and cost_centres.cost_centre = published.cost_centre
            and cost_centres.billing_currency = published.billing_currency
    left join chained
        on
            cost_centres.billing_period = chained.billing_period
            and cost_centres.business_unit = chained.business_unit
            and cost_centres.cost_centre = chained.cost_centre
            and cost_centres.billing_currency = chained.billing_currency

),

final as (

    select
        compared.billing_period,
        compared.business_unit,
        compared.cost_centre,
        compared.billing_currency,
        case
            when resolutions.first_resolution = resolutions.last_resolution then resolutions.first_resolution
            when resolutions.billing_period is not null then 'changed'
            else 'none'
        end as published_resolution,
        cast(compared.effective_cost as decimal(38, 12)) as effective_cost,
        cast(compared.chained_cost as decimal(38, 12)) as chained_cost,
        cast(compared.effective_cost + compared.direct_difference as decimal(38, 12)) as direct_cost,
        cast(compared.effective_cost + compared.step_down_difference as decimal(38, 12)) as step_down_cost,
        cast(compared.effective_cost + compared.reciprocal_difference as decimal(38, 12)) as reciprocal_cost,
        cast(compared.direct_difference as decimal(38, 12)) as direct_difference,
        cast(compared.step_down_difference as decimal(38, 12)) as step_down_difference,
        cast(compared.reciprocal_difference as decimal(38, 12)) as reciprocal_difference
    from compared
    left join resolutions
        on compared.billing_period = resolutions.billing_period

)

select * from final
