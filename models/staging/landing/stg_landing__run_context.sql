-- one row
select
    reporting_currency,
    policy_revision,
    code_version
from {{ source('landing', 'run_context') }}
