-- one row per billing period
select billing_period
from {{ source('landing', 'run_scope') }}
