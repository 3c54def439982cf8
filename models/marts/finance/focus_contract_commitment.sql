-- one row per billing period and commitment of a contract
{{ config(
    partition_by=['x_billing_period'],
    is_small=true,
    order_by=['ContractCommitmentId', 'x_source_id', 'BillingCurrency']
) }}

with

commitments as (

    select * from {{ ref('int_commitments') }}

),

run_context as (

    select * from {{ ref('stg_landing__run_context') }}

),

termed as (

    select
        commitments.*,
        run_context.reporting_currency,
        cast({{ period_end('commitments.billing_period') }} as timestamp) as known_to,
        {{ dbt.datediff('commitments.period_start', 'commitments.period_end', 'month') }} as months,  -- noqa: LT05
        {{ dbt.datediff('commitments.period_start', 'commitments.period_end', 'day') }} as days  -- noqa: LT05
    from commitments
    cross join run_context

),

final as (

    select
        billing_currency as BillingCurrency,
        applicability as ContractCommitmentApplicability,
        benefit_category as ContractCommitmentBenefitCategory,
        category as ContractCommitmentCategory,
        cast(cost as decimal(38, 12)) as ContractCommitmentCost,
        created_at as ContractCommitmentCreated,
        description as ContractCommitmentDescription,
        cast(discount_share as decimal(38, 12)) as ContractCommitmentDiscountPercentage,
        -- a term of whole months is named in months or years, any other in days
        case
            when cast({{ dbt.dateadd('month', 'months', 'period_start') }} as timestamp) <> period_end or months = 0
                then case when days <= 1 then '1 Day' else cast(days as varchar) || ' Days' end
            when months = 12 then '1 Year'
            when months % 12 = 0 then cast(cast(months / 12 as integer) as varchar) || ' Years'
            else cast(months as varchar) || case when months = 1 then ' Month' else ' Months' end
        end as ContractCommitmentDurationType,
        fulfillment_interval as ContractCommitmentFulfillmentInterval,
        commitment_id as ContractCommitmentId,
        updated_at as ContractCommitmentLastUpdated,
        case
            when lifecycle_status is not null then lifecycle_status
            when period_start >= known_to then 'Pending'
            when period_end < known_to then 'Expired'
            else 'Active'
        end as ContractCommitmentLifecycleStatus,
        model as ContractCommitmentModel,
        offer_category as ContractCommitmentOfferCategory,
        payment_interval as ContractCommitmentPaymentInterval,
        payment_model as ContractCommitmentPaymentModel,
        cast(upfront_share as decimal(38, 12)) as ContractCommitmentPaymentUpfrontPercentage,
        period_end as ContractCommitmentPeriodEnd,
        period_start as ContractCommitmentPeriodStart,
        cast(quantity as decimal(38, 12)) as ContractCommitmentQuantity,
        type as ContractCommitmentType,
        case when quantity is not null then unit end as ContractCommitmentUnit,
        contract_id as ContractId,
        contract_end as ContractPeriodEnd,
        contract_start as ContractPeriodStart,
        issuer as InvoiceIssuerName,
        -- no estate file tells a price in another currency: what is agreed is what is billed
        coalesce(billing_currency, reporting_currency) as PricingCurrency,
        cast(cost as decimal(38, 12)) as PricingCurrencyContractCommitmentCost,
        service_provider as ServiceProviderName,
        cast(billed_cost as decimal(38, 12)) as x_billed_cost,
        billing_period as x_billing_period,
        source_changes as x_source_changes,
        source_id as x_source_id,
        cast(unused_cost as decimal(38, 12)) as x_unused_cost,
        cast(unused_quantity as decimal(38, 12)) as x_unused_quantity,
        cast(used_cost as decimal(38, 12)) as x_used_cost,
        cast(used_quantity as decimal(38, 12)) as x_used_quantity
    from termed

)

select * from final
