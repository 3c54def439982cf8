-- Catches: bounds of consumers that leave a gap in their share or overlap, so that what consumers show is not what
-- their target bears. Is not: a check that usage is complete; what no consumer is known of is a part like others.
with run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

consumer_shares as (

    select *
    from {{ ref('fct_consumer_shares') }}
    where billing_period in (select run_scope.billing_period from run_scope)

),

ledger as (

    select *
    from {{ ref('fct_allocated_costs') }}
    where
        billing_period in (select run_scope.billing_period from run_scope)
        and share_id in (select consumer_shares.share_id from consumer_shares)

),

consumed as (

    {{ consumer_costs(
        'ledger', 'consumer_shares',
        ['billing_period', 'source_id', 'charge_date', 'identity_id', 'domain_id', 'share_id']
    ) }}

),

parts as (

    select
        billing_period,
        source_id,
        charge_date,
        identity_id,
        domain_id,
        share_id,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost
    from consumed
    group by
        billing_period,
        source_id,
        charge_date,
        identity_id,
        domain_id,
        share_id

)

select
    ledger.billing_period,
    ledger.source_id,
    ledger.charge_date,
    ledger.identity_id,
    ledger.domain_id,
    ledger.share_id
from ledger
left join parts
    on
        ledger.billing_period = parts.billing_period
        and ledger.source_id = parts.source_id
        and ledger.charge_date = parts.charge_date
        and ledger.identity_id = parts.identity_id
        and ledger.domain_id = parts.domain_id
        and ledger.share_id = parts.share_id
where
    ledger.billed_cost is distinct from parts.billed_cost
    or ledger.effective_cost is distinct from parts.effective_cost
    or ledger.list_cost is distinct from parts.list_cost
    or ledger.contracted_cost is distinct from parts.contracted_cost
