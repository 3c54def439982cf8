{#
  kubernetes_billed_resources: by which id the resources that usage feeds of Kubernetes know are billed.
  identities: relation, dim_charge_identities; resources: relation, int_kubernetes_resources
  returns: a query: role, known_as, scope_key (the billed resource id in lower case, as pools divided by resource_id have
           it) and identity_id; several machines may be billed as one scale set
#}
{% macro kubernetes_billed_resources(identities, resources) -%}
with known_identities as (

    select * from {{ identities }}
    where kubernetes_role is not null

),

known_keys as (

    {{ kubernetes_identity_keys('known_identities') }}

)

select distinct
    {{ resources }}.role,
    {{ resources }}.known_as,
    lower(trim(known_identities.resource_id)) as scope_key,
    known_identities.identity_id
from known_identities
inner join known_keys
    on known_identities.identity_id = known_keys.identity_id
inner join {{ resources }}
    on known_keys.resource_key = {{ resources }}.resource_key
{%- endmacro %}
