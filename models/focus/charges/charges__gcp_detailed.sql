-- one row per charge of Google's detailed usage cost export
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind = 'gcp_detailed'") }}

{{ identified_charges(ref('focus__gcp_detailed')) }}
