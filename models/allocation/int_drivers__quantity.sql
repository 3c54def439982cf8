-- one row per pool version, scope, window and owner with consumption of its own that the driver counts
{{ config(materialized='view') }}
{{ drivers_from_charges('quantity', 'consumed_quantity', by_unit=true) }}
