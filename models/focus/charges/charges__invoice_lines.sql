-- one row per line of an invoice that no export holds
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind = 'invoice_lines'") }}

{{ identified_charges(ref('focus__invoice_lines')) }}
