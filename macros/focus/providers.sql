{#
  provider_family: one spelling for a provider that writes its name in several ways; other names stay as they are.
  name: SQL expression
  returns: a text expression: AWS, Microsoft, Google Cloud, Oracle, Alibaba Cloud, or the name itself
#}
{% macro provider_family(name) -%}
    case
        when lower({{ name }}) like 'aws%' or lower({{ name }}) like 'amazon%' then 'AWS'
        when lower({{ name }}) like 'microsoft%' or lower({{ name }}) like 'azure%' then 'Microsoft'
        when lower({{ name }}) like 'google%' or lower({{ name }}) = 'gcp' then 'Google Cloud'
        when lower({{ name }}) like 'oracle%' or lower({{ name }}) = 'oci' then 'Oracle'
        when lower({{ name }}) like 'alibaba%' or lower({{ name }}) like 'aliyun%' then 'Alibaba Cloud'
        else {{ name }}
    end
{%- endmacro %}

{#
  is_same_company: whether a publisher is the provider itself or one of its legal entities, rather than a marketplace seller.
  publisher, provider: SQL expressions
  returns: a boolean expression; true when there is no publisher
#}
{% macro is_same_company(publisher, provider) -%}
    coalesce({{ provider_family(publisher) }} = {{ provider_family(provider) }}, {{ publisher }} is null)
{%- endmacro %}
