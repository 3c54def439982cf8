-- Catches: tokens or seats that no account of the policy owns. They weigh for nobody, so that their part of a
-- shared cost is borne by those that are known. Is not: an error of the run; an account that is added to the policy
-- cures it.
{{ config(severity='warn') }}
select
    source_id,
    driver,
    min(usage_date) as first_date,
    sum(quantity) as quantity
from {{ ref('int_driver_usage') }}
where target = 'unallocated'
group by
    source_id,
    driver
