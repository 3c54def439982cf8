{#
  ai_provider: who bills for a call, whatever a gateway calls the road to it.
  name: SQL expression of text: a provider as LiteLLM or a feed names it
  returns: a text expression in lower case: aws, azure, gcp, openai, anthropic, databricks, or the name itself
#}
{% macro ai_provider(name) -%}
    case
        when lower({{ name }}) like 'bedrock%' or lower({{ name }}) like 'sagemaker%' or lower({{ name }}) like 'amazon%'
            or lower({{ name }}) like 'aws%'
            then 'aws'
        when lower({{ name }}) like 'azure%' or lower({{ name }}) like 'microsoft%' then 'azure'
        when lower({{ name }}) like 'vertex_ai%' or lower({{ name }}) like 'google%' or lower({{ name }}) in ('gemini', 'palm')
            then 'gcp'
        when lower({{ name }}) like 'anthropic%' then 'anthropic'
        when lower({{ name }}) in ('text-completion-openai', 'openai_like', 'custom_openai') then 'openai'
        else lower({{ name }})
    end
{%- endmacro %}
