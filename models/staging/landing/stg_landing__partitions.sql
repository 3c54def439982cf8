-- one row per source and billing period
select
    source_id,
    source_kind,
    billing_period,
    fingerprint
from {{ source('landing', 'partitions') }}
