-- one row per pool version, scope, window and owner with spend of its own that the driver counts
{{ config(materialized='view') }}
{{ drivers_from_charges('spend', 'effective_cost', in_reporting_currency=true) }}
