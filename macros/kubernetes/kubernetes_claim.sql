{#
  kubernetes_claim: what counts as claimed of a resource, on the base that its cluster is charged by.
  charge_base: SQL expression: request, usage, or anything else for the larger of both
  relation: relation with the columns <resource>_request_claim, <resource>_usage_claim and <resource>_larger_claim
  resource: cpu, memory or gpu
  returns: decimal expression, in the resource's own hours
#}
{% macro kubernetes_claim(charge_base, relation, resource) -%}
    case {{ charge_base }}
        when 'request' then {{ relation }}.{{ resource }}_request_claim
        when 'usage' then {{ relation }}.{{ resource }}_usage_claim
        else {{ relation }}.{{ resource }}_larger_claim
    end
{%- endmacro %}
