-- one row per charge of Google's detailed usage cost export
-- depends_on: {{ ref('int_charge_partitions') }}
-- its credits are summed per row, which loses the rows' order: the same rows must be the same bytes
{{ config(partitions_where="source_kind = 'gcp_detailed'", order_by=['x_charge_id']) }}

{{ identified_charges(ref('focus__gcp_detailed')) }}
