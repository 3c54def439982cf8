-- one row per charge of the company's own data centres
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind = 'on_premises'") }}

{{ identified_charges(ref('focus__on_premises')) }}
