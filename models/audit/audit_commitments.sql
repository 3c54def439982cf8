-- one row per billing period of the run and commitment discount that is charged in it, with all that is known of it
-- up to then
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

),

commitment_charges as (

    select * from {{ ref('int_commitment_charges') }}

),

currencies as (

    select * from {{ ref('currencies') }}

),

summed as (

    select
        run_scope.billing_period,
        commitment_charges.x_source_id as source_id,
        commitment_charges.commitment_id,
        commitment_charges.billing_currency,
        max(commitment_charges.x_billing_period) as last_billing_period,
        min(coalesce({{ utc_timestamp('commitment_charges.term_start') }}, commitment_charges.one_time_start))
            as period_start,
        max(coalesce({{ utc_timestamp('commitment_charges.term_end') }}, commitment_charges.one_time_end))
            as period_end,
        min(commitment_charges.covered_start) as covered_start,
        max(commitment_charges.covered_end) as covered_end,
        sum(commitment_charges.charge_count) as charge_count,
        sum(
            coalesce(commitment_charges.one_time_cost, 0) + coalesce(commitment_charges.recurring_cost, 0)
            - coalesce(commitment_charges.purchase_effective_cost, 0)
        ) as purchased,
        sum(coalesce(commitment_charges.used_cost, 0) + coalesce(commitment_charges.unused_cost, 0)) as borne
    from run_scope
    inner join commitment_charges
        on run_scope.billing_period >= commitment_charges.x_billing_period
    group by
        run_scope.billing_period,
        commitment_charges.x_source_id,
        commitment_charges.commitment_id,
        commitment_charges.billing_currency

),

measured as (

    select
        summed.*,
        -- a term can be judged once all of it was charged for, and its purchase is among the charges
        coalesce(
            summed.covered_start <= summed.period_start
            -- some providers name the last second of a term
            and summed.covered_end >= summed.period_end - interval '1' second
            and summed.purchased <> 0, false
        ) as is_comparable,
        cast(
            greatest(cast(100 as double), sqrt(cast(summed.charge_count as double)) * 0.5)
            * cast({{ subunit('currencies.subunit_decimals') }} as double) as decimal(38, 12)
        ) as tolerance
    from summed
    left join currencies
        on summed.billing_currency = currencies.currency
    where summed.last_billing_period = summed.billing_period

),

final as (

    select
        billing_period,
        source_id || ', commitment ' || commitment_id
        || case when is_comparable then '' else ': its term is not wholly among the charges' end as subject,
        source_id,
        commitment_id,
        billing_currency,
        period_start,
        period_end,
        tolerance,
        cast(purchased as decimal(38, 12)) as expected,
        cast(borne as decimal(38, 12)) as actual,
        cast(borne - purchased as decimal(38, 12)) as difference,
        case when is_comparable then abs(borne - purchased) <= tolerance end as ties
    from measured

)

select * from final
