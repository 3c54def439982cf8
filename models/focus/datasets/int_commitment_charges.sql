-- one row per source, billing period and commitment discount with charges in it
-- depends_on: {{ ref('int_charge_partitions') }}
-- The template's loops write the lines, so their indentation is the template's.
-- noqa: disable=LT02
{{
    config(
        materialized='partitioned',
        partition_by=['x_source_id', 'x_billing_period'],
        is_small=true,
        partitions_from='focus.int_charge_partitions',
        order_by=['commitment_id', 'issuer', 'service_provider', 'billing_currency'],
    )
}}

-- the terms are on purchases and unused parts, which are few: what covered usage carries, the longest text of a charge,
-- is not read. Each kind is read apart: what is named three times would be held with all its columns
with of_commitments as (
    {%- for terms, kinds in [
        ('x_provider_columns', "ChargeCategory = 'Purchase'"),
        ('x_provider_columns', "CommitmentDiscountStatus = 'Unused' and coalesce(ChargeCategory, '') <> 'Purchase'"),
        (
            'cast(null as ' ~ dbt.type_string() ~ ')',
            "coalesce(CommitmentDiscountStatus, '') <> 'Unused' and coalesce(ChargeCategory, '') <> 'Purchase'",
        ),
    ] %}
    select
        x_source_id,
        x_billing_period,
        CommitmentDiscountId as commitment_id,
        InvoiceIssuerName as issuer,
        ServiceProviderName as service_provider,
        BillingCurrency as billing_currency,
        CommitmentDiscountCategory as category,
        CommitmentDiscountType as type,
        CommitmentDiscountName as name,
        CommitmentDiscountUnit as unit,
        CommitmentDiscountStatus as status,
        ChargePeriodStart as charge_start,
        ChargePeriodEnd as charge_end,
        CommitmentDiscountQuantity as quantity,
        EffectiveCost as effective_cost,
        BilledCost as billed_cost,
        ChargeCategory = 'Purchase' as is_purchase,
        ChargeCategory = 'Purchase' and ChargeFrequency = 'Recurring' as is_recurring,
        ChargeCategory = 'Purchase' and ChargeFrequency <> 'Recurring' as is_one_time,
        {{ terms }} as provider_columns
    from {{ ref('focus_cost_and_usage') }}
    where
        CommitmentDiscountId is not null
        and {{ kinds }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        x_source_id,
        x_billing_period,
        commitment_id,
        issuer,
        service_provider,
        billing_currency,
        max(category) as category,
        max(type) as type,
        max(name) as name,
        max(unit) as unit,
        count(*) as charge_count,
        min(charge_start) as first_charge_start,
        max(charge_end) as last_charge_end,
        min(case when not is_purchase then charge_start end) as covered_start,
        max(case when not is_purchase then charge_end end) as covered_end,
        min(case when is_one_time then charge_start end) as one_time_start,
        max(case when is_one_time then charge_end end) as one_time_end,
        min(case when is_recurring then charge_start end) as recurring_start,
        max(case when is_recurring then charge_end end) as recurring_end,
        sum(case when is_one_time then billed_cost end) as one_time_cost,
        sum(case when is_recurring then billed_cost end) as recurring_cost,
        sum(case when is_one_time then quantity end) as one_time_quantity,
        sum(case when is_recurring then quantity end) as recurring_quantity,
        sum(case when status = 'Used' then quantity end) as used_quantity,
        sum(case when status = 'Unused' then quantity end) as unused_quantity,
        sum(case when status = 'Used' then effective_cost end) as used_cost,
        sum(case when status = 'Unused' then effective_cost end) as unused_cost,
        sum(case when is_purchase then effective_cost end) as purchase_effective_cost,
        {%- for detail, paths in commitment_details().items() %}
        max(
            coalesce(
                {%- for path in paths %}
                {{ json_value('provider_columns', path) }}{{ ',' if not loop.last }}
                {%- endfor %}
            )
        ) as {{ detail }}{{ ',' if not loop.last }}
        {%- endfor %}
    from of_commitments
    group by
        x_source_id,
        x_billing_period,
        commitment_id,
        issuer,
        service_provider,
        billing_currency
)

select * from final
