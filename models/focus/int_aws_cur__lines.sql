-- one row per line of a bill as FOCUS sees it: a line item, the unused part of a commitment fee, or what is left over
-- when lines that cancel each other do not
with line_items as (
    select * from {{ ref('stg_aws__cur') }}
),

-- compared with one value at a time: that is a filter by which files are read, a list of values is not everywhere
fees as (
    select * from {{ ref('stg_aws__cur') }}
    where line_item_type = 'SavingsPlanRecurringFee'
    union all
    select * from {{ ref('stg_aws__cur') }}
    where line_item_type = 'RIFee'
),

carriers as (
    select * from {{ ref('stg_aws__cur') }}
),

remainders as (
    select * from {{ ref('int_aws_cur__remainders') }}
),

net_bills as (
    select * from {{ ref('int_aws_cur__net_bills') }}
),

charges as (
    select
        line_items.*,
        'charge' as line_role,
        cast(null as decimal(38, 12)) as role_amount
    from line_items
    where line_items.line_item_type <> 'SavingsPlanNegation'
),

unused_commitments as (
    select
        fees.*,
        'unused' as line_role,
        cast(null as decimal(38, 12)) as role_amount
    from fees
),

left_over as (
    select
        carriers.*,
        remainders.line_role,
        remainders.amount as role_amount
    from carriers
    inner join remainders
        on
            carriers.x_source_id = remainders.x_source_id
            and carriers.x_billing_period = remainders.x_billing_period
            and carriers.x_charge_id = remainders.x_charge_id
),

lines as (
    select * from charges
    union all
    select * from unused_commitments
    union all
    select * from left_over
),

-- a bill net of discounts has its fees net, so what was left unused of them is net too: AWS gives the commitment of the
-- period both ways
discounted as (
    select
        lines.*,
        coalesce(lines.savings_plan_total_commitment, 0) - coalesce(lines.savings_plan_used_commitment, 0)
            as unused_commitment,
        coalesce(lines.savings_plan_upfront_commitment, 0) + coalesce(lines.savings_plan_recurring_commitment, 0)
            as commitment,
        coalesce(lines.savings_plan_net_upfront_commitment, 0)
        + coalesce(lines.savings_plan_net_recurring_commitment, 0) as net_commitment
    from lines
),

costed as (
    select
        lines.*,
        net_bills.x_source_id is not null as is_net,
        case
            when net_bills.x_source_id is not null then coalesce(lines.net_unblended_cost, lines.unblended_cost)
            else lines.unblended_cost
        end as cash_cost,
        case
            when
                lines.line_item_type = 'SavingsPlanRecurringFee'
                and net_bills.x_source_id is not null
                and lines.commitment <> 0
                and lines.net_commitment <> 0
                then
                    {{ split_amount(
                        'lines.unused_commitment', double_from_decimal('lines.unused_commitment'), '0',
                        '(' ~ double_from_decimal('lines.net_commitment') ~ ' / '
                        ~ double_from_decimal('lines.commitment') ~ ')'
                    ) }}
            when lines.line_item_type = 'SavingsPlanRecurringFee' then lines.unused_commitment
            when net_bills.x_source_id is not null
                then
                    coalesce(lines.reservation_net_unused_upfront, lines.reservation_unused_upfront, 0)
                    + coalesce(lines.reservation_net_unused_recurring, lines.reservation_unused_recurring, 0)
            else coalesce(lines.reservation_unused_upfront, 0) + coalesce(lines.reservation_unused_recurring, 0)
        end as unused_cost,
        case
            when lines.line_item_type = 'SavingsPlanCoveredUsage' and net_bills.x_source_id is not null
                then coalesce(lines.savings_plan_net_effective_cost, lines.savings_plan_effective_cost)
            when lines.line_item_type = 'SavingsPlanCoveredUsage' then lines.savings_plan_effective_cost
            when lines.line_item_type = 'DiscountedUsage' and net_bills.x_source_id is not null
                then coalesce(lines.reservation_net_effective_cost, lines.reservation_effective_cost)
            when lines.line_item_type = 'DiscountedUsage' then lines.reservation_effective_cost
        end as covered_cost
    from discounted as lines
    left join net_bills
        on lines.x_source_id = net_bills.x_source_id and lines.x_billing_period = net_bills.x_billing_period
),

final as (
    select
        bill_type,
        billing_entity,
        invoice_id,
        invoicing_entity,
        payer_account_id,
        payer_account_name,
        billing_period_start,
        billing_period_end,
        line_item_type,
        line_item_description,
        usage_start,
        usage_end,
        usage_account_id,
        usage_account_name,
        legal_entity,
        product_code,
        usage_type,
        operation,
        tax_type,
        resource_id,
        availability_zone,
        currency_code,
        usage_amount,
        unblended_rate,
        unblended_cost,
        net_unblended_rate,
        net_unblended_cost,
        pricing_currency,
        pricing_term,
        pricing_unit,
        purchase_option,
        rate_code,
        rate_id,
        on_demand_rate,
        on_demand_cost,
        product,
        instance_type,
        location,
        product_family,
        region_code,
        service_code,
        sku,
        reservation_arn,
        reservation_effective_cost,
        reservation_net_effective_cost,
        reservation_total_units,
        reservation_unused_quantity,
        reservation_unused_upfront,
        reservation_unused_recurring,
        reservation_net_unused_upfront,
        reservation_net_unused_recurring,
        savings_plan_arn,
        savings_plan_offering_type,
        savings_plan_effective_cost,
        savings_plan_net_effective_cost,
        savings_plan_total_commitment,
        savings_plan_used_commitment,
        capacity_reservation_arn,
        capacity_reservation_status,
        split_parent_resource_id,
        tags,
        resource_tags,
        extra_columns,
        is_final,
        x_source_id,
        x_billing_period,
        x_delivery_id,
        x_source_file,
        x_source_row,
        x_charge_id,
        line_role,
        role_amount,
        is_net,
        cash_cost,
        unused_commitment,
        unused_cost,
        covered_cost
    from costed
    where line_role <> 'unused' or unused_cost <> 0
)

select * from final
