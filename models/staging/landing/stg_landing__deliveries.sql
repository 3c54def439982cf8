-- one row per delivery
select
    delivery_id,
    delivery_number,
    source_id,
    source_kind,
    billing_period,
    scope,
    in_force,
    delivered_at,
    file_count,
    byte_count,
    row_count,
    declared_row_count,
    billed_cost,
    drift,
    is_final
from {{ source('landing', 'deliveries') }}
