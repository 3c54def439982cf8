-- one row per billing period that is compared with a publication of the month before
select
    billing_period,
    period_before,
    publication_before,
    manifest_sha256
from {{ source('landing', 'compared_publications') }}
