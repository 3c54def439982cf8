-- one row per billing period, commitment and unit: what has been promised of AI, and how much of it the month drew
-- Promises of the policy are drawn by what is billed on the days the row is in force, commitments of contracts by what
-- the contract's charges drew. What the months before drew is in their publications, which a later build does not read:
-- the sum over them is a reader's, so that a month comes out the same whichever others are there.
{{ config(
    partition_by=['billing_period'],
    is_small=true,
    order_by=['commitment_id', 'unit'],
) }}
with run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

ai_capacity as (

    select * from {{ ref('ai_capacity') }}

),

ai_costs as (

    select * from {{ ref('fct_ai_costs') }}

),

coverage as (

    select * from {{ ref('kpi_ai_coverage') }}

),

identities as (

    select * from {{ ref('dim_charge_identities') }}

),

commitments as (

    select * from {{ ref('focus_contract_commitment') }}

),

promises as (

    select
        run_scope.billing_period,
        ai_capacity.capacity_id,
        ai_capacity.valid_from,
        ai_capacity.valid_to,
        lower(trim(ai_capacity.provider)) as provider,
        lower(trim(ai_capacity.model)) as model,
        ai_capacity.committed_tokens,
        ai_capacity.committed_cost,
        ai_capacity.currency
    from ai_capacity
    inner join run_scope
        on
            ai_capacity.valid_from < {{ period_end('run_scope.billing_period') }}
            and ai_capacity.valid_to > {{ period_start('run_scope.billing_period') }}

),

token_draws as (

    select
        promises.billing_period,
        promises.capacity_id,
        promises.valid_from,
        sum(coalesce(coverage.billed_tokens, coverage.logged_tokens)) as drawn_in_period
    from promises
    inner join coverage
        on
            promises.provider = coverage.provider
            and {{ same_or_any('promises.model', 'coverage.model') }}
            and promises.valid_from <= coverage.usage_date
            and promises.valid_to > coverage.usage_date
            and promises.billing_period = coverage.billing_period
    where promises.committed_tokens is not null
    group by
        promises.billing_period,
        promises.capacity_id,
        promises.valid_from

),

cost_draws as (

    select
        promises.billing_period,
        promises.capacity_id,
        promises.valid_from,
        sum(ai_costs.billed_cost) as drawn_in_period
    from promises
    inner join ai_costs
        on
            promises.provider = ai_costs.provider
            and {{ same_or_any('promises.model', 'ai_costs.model') }}
            and promises.currency = ai_costs.billing_currency
            and promises.valid_from <= ai_costs.charge_date
            and promises.valid_to > ai_costs.charge_date
            and promises.billing_period = ai_costs.billing_period
    where promises.committed_cost is not null
    group by
        promises.billing_period,
        promises.capacity_id,
        promises.valid_from

),

-- a contract is about AI when its discount is used for AI, or its provider sells nothing else
ai_discounts as (

    select distinct commitment_discount_id
    from identities
    where
        service_category = 'AI and Machine Learning'
        and commitment_discount_id is not null

),

ai_providers as (

    select service_provider_name
    from identities
    group by service_provider_name
    having count(*) = count(case when service_category = 'AI and Machine Learning' then 1 end)

),

contracts as (

    select
        commitments.x_billing_period as billing_period,
        commitments.ContractCommitmentId as commitment_id,
        lower(commitments.ServiceProviderName) as provider,
        coalesce(commitments.ContractCommitmentUnit, commitments.BillingCurrency) as unit,
        coalesce(commitments.ContractCommitmentQuantity, commitments.ContractCommitmentCost) as committed,
        case
            when commitments.ContractCommitmentQuantity is not null then commitments.x_used_quantity
            else commitments.x_used_cost
        end as drawn_in_period,
        cast(commitments.ContractCommitmentPeriodStart as date) as valid_from,
        cast(commitments.ContractCommitmentPeriodEnd as date) as valid_to
    from commitments
    inner join run_scope
        on commitments.x_billing_period = run_scope.billing_period
    left join ai_discounts
        on commitments.ContractCommitmentId = ai_discounts.commitment_discount_id
    left join ai_providers
        on commitments.ServiceProviderName = ai_providers.service_provider_name
    where
        ai_discounts.commitment_discount_id is not null
        or ai_providers.service_provider_name is not null

),

all_draws as (

    select
        promises.billing_period,
        'policy' as declared_by,
        promises.capacity_id as commitment_id,
        promises.provider,
        promises.model,
        'tokens' as unit,
        promises.committed_tokens as committed,
        coalesce(token_draws.drawn_in_period, 0) as drawn_in_period,
        promises.valid_from,
        promises.valid_to
    from promises
    left join token_draws
        on
            promises.billing_period = token_draws.billing_period
            and promises.capacity_id = token_draws.capacity_id
            and promises.valid_from = token_draws.valid_from
    where promises.committed_tokens is not null

    union all

    select
        promises.billing_period,
        'policy' as declared_by,
        promises.capacity_id as commitment_id,
        promises.provider,
        promises.model,
        promises.currency as unit,
        promises.committed_cost as committed,
        coalesce(cost_draws.drawn_in_period, 0) as drawn_in_period,
        promises.valid_from,
        promises.valid_to
    from promises
    left join cost_draws
        on
            promises.billing_period = cost_draws.billing_period
            and promises.capacity_id = cost_draws.capacity_id
            and promises.valid_from = cost_draws.valid_from
    where promises.committed_cost is not null

    union all

    select
        billing_period,
        'contract' as declared_by,
        commitment_id,
        provider,
        cast(null as {{ dbt.type_string() }}) as model,
        unit,
        committed,
        drawn_in_period,
        valid_from,
        valid_to
    from contracts

),

paced as (

    select
        *,
        {{ ratio('drawn_in_period', 'committed') }} as drawn_share_of_commitment,
        case
            when valid_to < cast('9999-12-31' as date)
                then
                    {{ ratio(
                        dbt.datediff(
                            'greatest(valid_from, ' ~ period_start('billing_period') ~ ')',
                            'least(valid_to, ' ~ period_end('billing_period') ~ ')',
                            'day'
                        ),
                        dbt.datediff('valid_from', 'valid_to', 'day')
                    ) }}
        end as month_share_of_term
    from all_draws

),

final as (

    select
        billing_period,
        commitment_id,
        declared_by,
        provider,
        model,
        unit,
        cast(committed as decimal(38, 12)) as committed,
        cast(drawn_in_period as decimal(38, 12)) as drawn_in_period,
        drawn_share_of_commitment,
        month_share_of_term,
        {{ ratio('drawn_share_of_commitment', 'month_share_of_term') }} as pace,
        valid_from,
        valid_to
    from paced

)

select * from final
