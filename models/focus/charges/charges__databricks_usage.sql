-- one row per charge of Databricks' billable usage
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind = 'databricks_usage'") }}

{{ identified_charges(ref('focus__databricks_usage')) }}
