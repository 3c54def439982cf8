-- one row per charge of Snowflake's usage in currency
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind = 'snowflake_usage'") }}

{{ identified_charges(ref('focus__snowflake_usage')) }}
