-- one row per charge of Oracle's cost reports
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind = 'oci_cost'") }}

{{ identified_charges(ref('focus__oci_cost')) }}
