-- what owners bear, by what it is for, and the bridge over it add up to their chargeback, direct and shared, exactly
with run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

-- an owner of the month before that bears nothing now is in the bridge only
stated as (

    select
        'chargeback' as relation,
        billing_period,
        domain_id,
        billing_currency,
        direct_effective_cost as direct_cost,
        shared_effective_cost as shared_cost
    from {{ ref('fct_chargeback') }}
    {% for relation in ['fct_owner_costs', 'rpt_variance_bridge'] %}
        union all
        select
            '{{ relation }}' as relation,
            billing_period,
            domain_id,
            billing_currency,
            case when pool_id is null then effective_cost else 0 end as direct_cost,
            case when pool_id is null then 0 else effective_cost end as shared_cost
        from {{ ref(relation) }}
    {% endfor %}

),

summed as (

    select
        billing_period,
        domain_id,
        billing_currency,
        sum(case when relation = 'chargeback' then direct_cost else 0 end) as direct_cost,
        sum(case when relation = 'fct_owner_costs' then direct_cost else 0 end) as listed_direct_cost,
        sum(case when relation = 'rpt_variance_bridge' then direct_cost else 0 end) as bridged_direct_cost,
        sum(case when relation = 'chargeback' then shared_cost else 0 end) as shared_cost,
        sum(case when relation = 'fct_owner_costs' then shared_cost else 0 end) as listed_shared_cost,
        sum(case when relation = 'rpt_variance_bridge' then shared_cost else 0 end) as bridged_shared_cost
    from stated
    where billing_period in (select run_scope.billing_period from run_scope)
    group by
        billing_period,
        domain_id,
        billing_currency

)

select * from summed
where
    direct_cost <> listed_direct_cost
    or direct_cost <> bridged_direct_cost
    or shared_cost <> listed_shared_cost
    or shared_cost <> bridged_shared_cost
