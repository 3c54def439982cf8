-- one row per row of the exports, with what it means: whether it is a charge, and what it adds to billed and effective
-- cost
with cost_rows as (
    select * from {{ ref('stg_azure__cost_details') }}
),

-- exports of older versions have no pricing model, pay-as-you-go has no charge type either
classified as (
    select
        *,
        case
            when lower(coalesce(charge_type, 'Usage')) = 'usage' then 'usage'
            when lower(charge_type) in ('unusedreservation', 'unusedsavingsplan') then 'unused'
            when lower(charge_type) = 'purchase' then 'purchase'
            when lower(charge_type) = 'refund' then 'refund'
            when lower(charge_type) = 'roundingadjustment' then 'rounding'
            when lower(charge_type) = 'tax' then 'tax'
            when lower(charge_type) = 'credit' then 'credit'
            else 'unknown'
        end as charge_kind,
        lower(pricing_model) in ('reservation', 'savingsplan')
        or lower(charge_type) in ('unusedreservation', 'unusedsavingsplan')
        or (pricing_model is null and coalesce(benefit_id, reservation_id) is not null) as is_of_commitment,
        case
            when lower(pricing_model) = 'savingsplan' or lower(charge_type) = 'unusedsavingsplan' then true
            when lower(benefit_id) like '%/microsoft.billingbenefits/%' then true
            else false
        end as is_of_savings_plan
    from cost_rows
),

-- Microsoft's rules: every amortised row, and the commitments that were bought, which only actual cost has
decided as (
    select
        *,
        coalesce(is_of_commitment, false) as is_commitment,
        data_set <> 'ActualCost'
        or (coalesce(is_of_commitment, false) and charge_kind in ('purchase', 'refund')) as is_charge
    from classified
),

final as (
    select
        data_set,
        granularity,
        run_start,
        run_end,
        additional_info,
        benefit_id,
        benefit_name,
        billing_account_id,
        billing_account_name,
        billing_currency,
        billing_period_start,
        billing_period_end,
        billing_profile_id,
        billing_profile_name,
        charge_type,
        consumed_service,
        cost,
        cost_in_pricing_currency,
        charge_date,
        effective_price,
        exchange_rate,
        frequency,
        invoice_id,
        meter_category,
        meter_id,
        meter_name,
        part_number,
        partner_name,
        retail_cost,
        retail_price,
        pricing_currency,
        pricing_model,
        product_id,
        product_name,
        publisher_name,
        publisher_type,
        quantity,
        reservation_id,
        reservation_name,
        resource_id,
        resource_location,
        resource_name,
        resource_type,
        subscription_id,
        subscription_name,
        tags_text,
        unit_of_measure,
        unit_price,
        extra_columns,
        is_final,
        x_source_id,
        x_billing_period,
        x_delivery_id,
        x_source_file,
        x_source_row,
        x_charge_id,
        charge_kind,
        is_commitment,
        is_of_savings_plan,
        is_charge,
        case when is_charge and (data_set <> 'AmortizedCost' or not is_commitment) then cost else 0 end as billed_cost,
        case when data_set <> 'ActualCost' then cost else 0 end as effective_cost
    from decided
)

select * from final
