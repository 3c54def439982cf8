-- Catches cost that is judged twice or not at all for a tag key. It does not prove the verdicts.
with

run_scope as (

    select * from {{ ref('stg_landing__run_scope') }}

)

select
    billing_period,
    source_id,
    tag_key,
    compliant_cost,
    missing_cost,
    invalid_cost,
    total_cost
from {{ ref('kpi_tag_compliance') }}
where
    billing_period in (select run_scope.billing_period from run_scope)
    and compliant_cost + missing_cost + invalid_cost <> total_cost
