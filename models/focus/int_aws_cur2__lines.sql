-- one row per line of a bill as FOCUS sees it: a line item, the unused part of a commitment fee, or what is left over when
-- lines that cancel each other do not
with line_items as (
    select * from {{ ref('stg_aws__cur2') }}
),

fees as (
    select * from {{ ref('stg_aws__cur2') }}
    where line_item_type in ('SavingsPlanRecurringFee', 'RIFee')
),

carriers as (
    select * from {{ ref('stg_aws__cur2') }}
),

remainders as (
    select * from {{ ref('int_aws_cur2__remainders') }}
),

net_bills as (
    select * from {{ ref('int_aws_cur2__net_bills') }}
),

charges as (
    select
        line_items.*,
        'charge' as line_role,
        cast(null as decimal(38, 12)) as role_amount
    from line_items
    where line_item_type <> 'SavingsPlanNegation'
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
        on carriers.x_source_id = remainders.x_source_id
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

costed as (
    select
        lines.*,
        net_bills.x_source_id is not null as is_net,
        case
            when net_bills.x_source_id is not null then coalesce(lines.net_unblended_cost, lines.unblended_cost)
            else lines.unblended_cost
        end as cash_cost,
        case
            when lines.line_item_type = 'SavingsPlanRecurringFee'
                then coalesce(lines.savings_plan_total_commitment, 0) - coalesce(lines.savings_plan_used_commitment, 0)
            when net_bills.x_source_id is not null
                then coalesce(lines.reservation_net_unused_upfront, lines.reservation_unused_upfront, 0)
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
    from lines
    left join net_bills
        on lines.x_source_id = net_bills.x_source_id and lines.x_billing_period = net_bills.x_billing_period
),

final as (
    select *
    from costed
    where line_role <> 'unused' or unused_cost <> 0
)

select * from final
