-- one row per charge of SaaS contracts
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind = 'saas_contracts'") }}

{{ identified_charges(ref('focus__saas_contracts')) }}
