-- Catches a native row that becomes a charge twice: a delivery read twice, a join that fans out, two roles of a row
-- with one ordinal. It does not catch a row that is lost: the control totals do.
with charges as (
    select * from {{ ref('focus_cost_and_usage') }}
    where x_billing_period in (select run_scope.billing_period from {{ ref('stg_landing__run_scope') }} as run_scope)
)

select
    x_charge_id,
    count(*) as charge_count
from charges
group by x_charge_id
having count(*) > 1
