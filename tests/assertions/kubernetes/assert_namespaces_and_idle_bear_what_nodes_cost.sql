-- Catches: cost of a node that is lost, doubled or rounded between the ledger and what its namespaces and idle part
-- bear, on any day. Is not: a check that the division is just; unit tests and the oracle are.
with kubernetes_costs as (

    select * from {{ ref('fct_kubernetes_costs') }}

),

allocated_costs as (

    select * from {{ ref('fct_allocated_costs') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

both_sides as (

    select
        'ledger' as side,
        allocated_costs.billing_period,
        allocated_costs.source_id,
        allocated_costs.identity_id,
        allocated_costs.charge_date,
        allocated_costs.domain_id,
        allocated_costs.billed_cost,
        allocated_costs.effective_cost,
        allocated_costs.list_cost,
        allocated_costs.contracted_cost
    from allocated_costs
    inner join identities
        on allocated_costs.identity_id = identities.identity_id
    where identities.kubernetes_role is not null
    union all
    select
        'consumers' as side,
        billing_period,
        source_id,
        identity_id,
        charge_date,
        domain_id,
        billed_cost,
        effective_cost,
        list_cost,
        contracted_cost
    from kubernetes_costs
    where kubernetes_role is not null

)

select
    both_sides.billing_period,
    both_sides.source_id,
    both_sides.identity_id,
    both_sides.charge_date,
    both_sides.domain_id
from both_sides
inner join run_scope
    on both_sides.billing_period = run_scope.billing_period
group by
    both_sides.billing_period,
    both_sides.source_id,
    both_sides.identity_id,
    both_sides.charge_date,
    both_sides.domain_id
having
    {%- for metric in ['billed_cost', 'effective_cost', 'list_cost', 'contracted_cost'] %}
        {{ 'or ' if not loop.first }}sum(case when side = 'ledger' then {{ metric }} end)
        is distinct from sum(case when side = 'consumers' then {{ metric }} end)
    {%- endfor %}
