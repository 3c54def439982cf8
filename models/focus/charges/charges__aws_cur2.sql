-- one row per charge of AWS CUR 2.0
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind = 'aws_cur2'") }}

{{ identified_charges(ref('focus__aws_cur2')) }}
