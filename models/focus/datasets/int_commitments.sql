-- one row per billing period of the run and commitment that it knows of, from what the period itself has: a published
-- period must come out the same from its own deliveries, whatever other months are there
-- The template's macros write the lines, so their length and indentation are the template's.
-- noqa: disable=LT02,LT05
with run_scope as (
    select
        billing_period,
        cast({{ period_start('billing_period') }} as timestamp) as known_from,
        cast({{ period_end('billing_period') }} as timestamp) as known_to
    from {{ ref('stg_landing__run_scope') }}
),

commitment_charges as (
    select * from {{ ref('int_commitment_charges') }}
),

saas_contracts as (
    select * from {{ ref('stg_saas__contracts') }}
),

contracts as (
    select * from {{ ref('stg_landing__contracts') }}
),

-- commitment discounts, as the period's charges tell
seen as (
    select
        run_scope.billing_period,
        commitment_charges.x_source_id as source_id,
        commitment_charges.commitment_id,
        commitment_charges.billing_currency,
        max(commitment_charges.issuer) as issuer,
        max(commitment_charges.service_provider) as service_provider,
        max(commitment_charges.category) as category,
        max(commitment_charges.type) as type,
        max(commitment_charges.name) as name,
        max(commitment_charges.unit) as unit,
        min(commitment_charges.first_charge_start) as first_charge_start,
        max(commitment_charges.last_charge_end) as last_charge_end,
        min(commitment_charges.covered_start) as covered_start,
        max(commitment_charges.covered_end) as covered_end,
        min(commitment_charges.one_time_start) as one_time_start,
        max(commitment_charges.one_time_end) as one_time_end,
        min(commitment_charges.recurring_start) as recurring_start,
        max(commitment_charges.recurring_end) as recurring_end,
        nullif(sum(commitment_charges.one_time_cost), 0) as one_time_cost,
        nullif(sum(commitment_charges.recurring_cost), 0) as recurring_cost,
        nullif(sum(commitment_charges.one_time_quantity), 0) as one_time_quantity,
        nullif(sum(commitment_charges.recurring_quantity), 0) as recurring_quantity,
        sum(coalesce(commitment_charges.one_time_cost, 0) + coalesce(commitment_charges.recurring_cost, 0))
            as billed_cost,
        sum(coalesce(commitment_charges.purchase_effective_cost, 0)) as purchase_effective_cost,
        sum(coalesce(commitment_charges.used_cost, 0)) as used_cost,
        sum(coalesce(commitment_charges.unused_cost, 0)) as unused_cost,
        sum(coalesce(commitment_charges.used_quantity, 0)) as used_quantity,
        sum(coalesce(commitment_charges.unused_quantity, 0)) as unused_quantity,
        max({{ utc_timestamp('commitment_charges.term_start') }}) as told_start,
        max({{ utc_timestamp('commitment_charges.term_end') }}) as told_end,
        max(commitment_charges.term_length) as told_length,
        lower(max(commitment_charges.payment_option)) as payment_option
    from run_scope
    inner join commitment_charges
        on run_scope.billing_period = commitment_charges.x_billing_period
    group by
        run_scope.billing_period,
        commitment_charges.x_source_id,
        commitment_charges.commitment_id,
        commitment_charges.billing_currency
),

started as (
    select
        *,
        coalesce(told_start, one_time_start, recurring_start, first_charge_start) as period_start,
        -- 12, P1M, 1yr, P3Y; a length tells nothing unless it is known when the term began
        case
            when told_start is null and one_time_start is null then null
            else
                coalesce(
                    cast(nullif({{ regexp_group('told_length', "'^P?([0-9]{1,3})M?$'") }}, '') as integer),
                    12 * cast(nullif({{ regexp_group('told_length', "'^P?([0-9]{1,2}) ?[Yy]'") }}, '') as integer)
                )
        end as months
    from seen
),

dated as (
    select
        *,
        case
            when told_end is not null then {{ exclusive_charge_end('period_start', 'told_end') }}
            when months > 0 then cast({{ dbt.dateadd('month', 'months', 'period_start') }} as timestamp)
            -- a purchase is made once for its whole term, or else the term is what was charged for so far
            else greatest(coalesce(one_time_end, last_charge_end), last_charge_end)
        end as period_end,
        told_end is not null or coalesce(months, 0) > 0 as has_term
    from started
),

timed as (
    select
        *,
        greatest({{ dbt.datediff('period_start', 'period_end', 'hour') }}, 1) as term_hours,
        greatest({{ dbt.datediff('period_start', 'period_end', 'month') }}, 1) as term_months,
        {{ dbt.datediff('recurring_start', 'recurring_end', 'hour') }} as recurring_hours,
        {{ dbt.datediff('covered_start', 'covered_end', 'hour') }} as covered_hours
    from dated
),

measured as (
    select
        *,
        -- how much of the term recurring fees were seen for: some are for an hour each, some for a month on one day
        case
            when recurring_start <= period_start and recurring_end >= period_end then 'term'
            when recurring_hours >= term_hours then 'term'
            when 10 * recurring_hours * term_months >= 8 * term_hours then 'hours'
            when term_months = 1 then 'term'
            else 'month'
        end as fees_seen,
        case
            when payment_option like '%partial%' then 'Partial Upfront'
            when payment_option like '%no upfront%' then 'No Upfront'
            when payment_option like '%all%' then 'All Upfront'
            when one_time_cost is not null and recurring_cost is not null then 'Partial Upfront'
            when one_time_cost is not null then 'All Upfront'
            else 'No Upfront'
        end as payment_model
    from timed
),

extrapolated as (
    select
        *,
        case
            -- what was paid in advance in another month shows in the part of it that this one bears
            when payment_model <> 'No Upfront' and one_time_cost is null
                then
                    case
                        when has_term and covered_hours > 0 and purchase_effective_cost = 0
                            then {{ decimal_quotient('used_cost + unused_cost', 'term_hours', 'covered_hours') }}
                    end
            when recurring_cost is null then one_time_cost
            when fees_seen = 'term' or not has_term then coalesce(one_time_cost, 0) + recurring_cost
            when fees_seen = 'month' then coalesce(one_time_cost, 0) + recurring_cost * term_months
            else
                coalesce(one_time_cost, 0)
                + {{ decimal_quotient('recurring_cost', 'term_hours', 'recurring_hours') }}
        end as cost,
        case
            when recurring_quantity is null then one_time_quantity
            -- one paid in advance names its whole quantity; its fees repeat it
            when one_time_quantity is not null then one_time_quantity
            when fees_seen = 'term' or not has_term then recurring_quantity
            when fees_seen = 'month' then recurring_quantity * term_months
            else {{ decimal_quotient('recurring_quantity', 'term_hours', 'recurring_hours') }}
        end as quantity
    from measured
),

from_charges as (
    select
        billing_period,
        source_id,
        commitment_id as contract_id,
        commitment_id,
        issuer,
        service_provider,
        coalesce(category, 'Usage') as category,
        coalesce(type, 'Commitment') as type,
        coalesce(name, coalesce(type, 'Commitment') || ' of ' || service_provider) as description,
        cost,
        billing_currency,
        case when category = 'Spend' then null else quantity end as quantity,
        case when category = 'Spend' then null else unit end as unit,
        period_start,
        period_end,
        period_start as contract_start,
        period_end as contract_end,
        period_start as created_at,
        greatest(period_start, coalesce(covered_end, recurring_end, period_start)) as updated_at,
        'Discount' as benefit_category,
        'Public' as offer_category,
        'Continuous' as model,
        'Hourly' as fulfillment_interval,
        case when recurring_cost is null then 'One-Time' else 'Monthly' end as payment_interval,
        payment_model,
        case
            when payment_model = 'All Upfront' then cast(1 as decimal(38, 12))
            when payment_model = 'No Upfront' then cast(0 as decimal(38, 12))
            when cost > one_time_cost
                then
                    cast(
                        {{ double_from_decimal('one_time_cost') }} / {{ double_from_decimal('cost') }}
                        as decimal(38, 12)
                    )
            else cast(0.5 as decimal(38, 12))
        end as upfront_share,
        cast(null as decimal(38, 12)) as discount_share,
        cast(null as varchar) as lifecycle_status,
        '{"IsComplexScope":true}' as applicability,
        {{ change_list({
            'scope_not_in_bill': 'true',
            'term_seen_in_charges': 'not has_term and one_time_end is null',
            'cost_not_in_bill': 'cost is null',
            'cost_extrapolated': 'cost is not null and has_term and ('
                ~ "(fees_seen <> 'term' and recurring_cost is not null)"
                ~ " or (payment_model <> 'No Upfront' and one_time_cost is null))",
            'quantity_not_in_bill': "category <> 'Spend' and quantity is null",
            'upfront_share_not_in_bill': "payment_model = 'Partial Upfront' and not coalesce(cost > one_time_cost, false)",
            'payment_model_not_in_bill': 'payment_option is null and billed_cost = 0',
        }) }} as source_changes,
        billed_cost,
        used_cost,
        unused_cost,
        used_quantity,
        unused_quantity
    from extrapolated
),

-- contracts for software: every instalment and day says all of its contract
subscriptions as (
    select distinct
        x_billing_period,
        x_source_id as source_id,
        contract_id,
        product,
        vendor,
        currency,
        seats,
        instalment_amount,
        instalment_count,
        commitment_id,
        lower({{ json_value('extra_columns', 'billing_frequency') }}) as billing_frequency,
        cast({{ json_value('extra_columns', 'start') }} as timestamp) as period_start,
        cast({{ json_value('extra_columns', 'end') }} as timestamp) as period_end
    from saas_contracts
),

from_subscriptions as (
    select
        run_scope.billing_period,
        subscriptions.source_id,
        subscriptions.contract_id,
        subscriptions.commitment_id,
        subscriptions.vendor as issuer,
        subscriptions.vendor as service_provider,
        'Usage' as category,
        'Subscription' as type,
        subscriptions.product as description,
        cast(subscriptions.instalment_amount * subscriptions.instalment_count as decimal(38, 12)) as cost,
        subscriptions.currency as billing_currency,
        cast(
            subscriptions.seats
            * {{ dbt.datediff('subscriptions.period_start', 'subscriptions.period_end', 'day') }} as decimal(38, 12)
        ) as quantity,
        'Seat-Days' as unit,
        subscriptions.period_start,
        subscriptions.period_end,
        subscriptions.period_start as contract_start,
        subscriptions.period_end as contract_end,
        subscriptions.period_start as created_at,
        subscriptions.period_start as updated_at,
        'Entitlement' as benefit_category,
        'Negotiated' as offer_category,
        'Continuous' as model,
        'Daily' as fulfillment_interval,
        case subscriptions.billing_frequency
            when 'monthly' then 'Monthly'
            when 'quarterly' then 'Quarterly'
            when 'semi-annual' then 'Semi-Annual'
            when 'annual' then 'Annual'
            else 'One-Time'
        end as payment_interval,
        case when subscriptions.instalment_count = 1 then 'All Upfront' else 'No Upfront' end as payment_model,
        cast(case when subscriptions.instalment_count = 1 then 1 else 0 end as decimal(38, 12)) as upfront_share,
        cast(null as decimal(38, 12)) as discount_share,
        cast(null as varchar) as lifecycle_status,
        '{"Inclusions":[{"Dimension":"BillingAccountId","Operator":"In","Values":['
        || {{ json_string('subscriptions.contract_id') }}
        || ']},{"Dimension":"SkuId","Operator":"In","Values":[' || {{ json_string('subscriptions.product') }}
        || ']}],"InclusionOperator":"And"}' as applicability,
        cast(null as varchar) as source_changes
    from subscriptions
    inner join run_scope
        on subscriptions.x_billing_period = run_scope.billing_period
),

from_contracts as (
    select
        run_scope.billing_period,
        cast(null as varchar) as source_id,
        contracts.contract_id,
        contracts.commitment_id,
        contracts.issuer,
        contracts.service_provider,
        contracts.category,
        contracts.type,
        contracts.description,
        contracts.cost,
        contracts.currency as billing_currency,
        contracts.quantity,
        contracts.unit,
        cast(contracts.period_start as timestamp) as period_start,
        cast(contracts.period_end as timestamp) as period_end,
        cast(contracts.contract_start as timestamp) as contract_start,
        cast(contracts.contract_end as timestamp) as contract_end,
        cast(contracts.created_on as timestamp) as created_at,
        cast(contracts.updated_on as timestamp) as updated_at,
        contracts.benefit_category,
        contracts.offer_category,
        contracts.model,
        contracts.fulfillment_interval,
        contracts.payment_interval,
        contracts.payment_model,
        contracts.upfront_share,
        contracts.discount_share,
        contracts.lifecycle_status,
        '{"Inclusions":[{"Dimension":"InvoiceIssuerName","Operator":"In","Values":['
        || {{ json_string('contracts.issuer') }}
        || ']},{"Dimension":"ServiceProviderName","Operator":"In","Values":['
        || {{ json_string('contracts.service_provider') }}
        || coalesce(
            ']},{"Dimension":"BillingAccountId","Operator":"In","Values":['
            || {{ json_string('contracts.billing_account_id') }},
            ''
        )
        || ']}],"InclusionOperator":"And"}' as applicability,
        cast(null as varchar) as source_changes
    from contracts
    inner join run_scope
        on
            contracts.period_start < run_scope.known_to
            and contracts.period_end > run_scope.known_from
),

final as (
    select * from from_charges
    {% for relation in ['from_subscriptions', 'from_contracts'] %}
    union all
    select
        *,
        cast(null as decimal(38, 12)) as billed_cost,
        cast(null as decimal(38, 12)) as used_cost,
        cast(null as decimal(38, 12)) as unused_cost,
        cast(null as decimal(38, 12)) as used_quantity,
        cast(null as decimal(38, 12)) as unused_quantity
    from {{ relation }}
    {% endfor %}
)

select * from final
