-- one row per charge of an AWS Cost and Usage Report, 2.0 or legacy
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind in ('aws_cur2', 'aws_cur_legacy')") }}

{{ identified_charges(ref('focus__aws_cur')) }}
