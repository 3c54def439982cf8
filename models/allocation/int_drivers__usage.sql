-- one row per pool version, scope, window and target that a usage feed names; target '*' is the whole that it measures
{{ config(materialized='view') }}
{{ drivers_from_usage() }}
