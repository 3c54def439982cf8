-- one row per charge of a FOCUS export of any provider
-- depends_on: {{ ref('int_charge_partitions') }}
{{
    config(
        partitions_where="source_kind in"
            ~ " ('alibaba_focus', 'aws_focus', 'azure_focus', 'focus', 'gcp_focus', 'oci_focus')"
    )
}}

{{ identified_charges(ref('focus__focus')) }}
