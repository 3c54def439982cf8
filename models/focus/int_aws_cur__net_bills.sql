-- one row per source and period of the run whose bill is net of negotiated discounts: AWS then fills the net columns
-- of the whole bill
{{ config(materialized='table') }}

with run_scope as (
    select * from {{ ref('stg_landing__run_scope') }}
),

line_items as (
    select * from {{ ref('stg_aws__cur') }}
),

net_bills as (
    select distinct
        x_source_id,
        x_billing_period
    from line_items
    where
        net_unblended_cost <> 0
        and x_billing_period in (select billing_period from run_scope)
)

select * from net_bills
