-- one row per charge of Alibaba Cloud's bills
-- depends_on: {{ ref('int_charge_partitions') }}
{{ config(partitions_where="source_kind = 'alibaba_billing_detail'") }}

{{ identified_charges(ref('focus__alibaba_billing_detail')) }}
