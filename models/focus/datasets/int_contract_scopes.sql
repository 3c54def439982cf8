-- one row per issuer, service provider, currency, billing account that a contract names (or '*' for the others) and
-- span of days: what is written to the charges in it as ContractApplied
{{ config(materialized='table') }}
with contracts as (
    select * from {{ ref('stg_landing__contracts') }}
),

-- which charges draw down a quantity is not in the contract; a commitment that does not stand has none
applied as (
    select
        *,
        issuer || ' | ' || service_provider || ' | ' || currency as scope,
        period_start as valid_from,
        period_end as valid_to
    from contracts
    where
        category = 'Spend'
        and coalesce(lifecycle_status, 'Active') in ('Pending', 'Active', 'Exhausted', 'Expired')
),

spans as (
    {{ validity_spans('applied', ['scope', 'issuer', 'service_provider', 'currency']) }}
),

accounts as (
    select distinct
        scope,
        coalesce(billing_account_id, '*') as billing_account_id
    from applied
    union
    select distinct
        scope,
        '*' as billing_account_id
    from applied
),

final as (
    select
        spans.issuer,
        spans.service_provider,
        spans.currency,
        accounts.billing_account_id,
        spans.span_from,
        spans.span_to,
        -- the amount of a charge is the same for each of them: it takes the place of {amount}
        {{ text_agg(
            "'{\"ContractId\":' || " ~ json_string('applied.contract_id')
                ~ " || ',\"ContractCommitmentId\":' || " ~ json_string('applied.commitment_id')
                ~ " || ',\"AppliedCost\":{amount}}'",
            ',', 'applied.commitment_id'
        ) }} as elements,
        -- most charges draw down one commitment only: up to the amount, all of it is the same for each of them
        case
            when count(*) = 1
                then concat(
                    '{"Elements":[{"ContractId":', min({{ json_string('applied.contract_id') }}),
                    ',"ContractCommitmentId":', min({{ json_string('applied.commitment_id') }}), ',"AppliedCost":'
                )
        end as text_before_amount
    from spans
    inner join accounts
        on spans.scope = accounts.scope
    inner join applied
        on
            spans.scope = applied.scope
            and {{ in_force('spans.span_from', 'applied') }}
            and coalesce(applied.billing_account_id, accounts.billing_account_id) = accounts.billing_account_id
    group by
        spans.issuer,
        spans.service_provider,
        spans.currency,
        accounts.billing_account_id,
        spans.span_from,
        spans.span_to
)

select * from final
