-- Catches: tokens or seats that no account of the policy owns. Their part of a shared cost stays unallocated, with the
-- reason unowned_usage. Is not: an error of the run; an account that is added to the policy cures it.
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
