-- one row per charge of Azure's cost details
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind = 'azure_cost_details'") }}

{{ identified_charges(ref('focus__azure_cost_details')) }}
