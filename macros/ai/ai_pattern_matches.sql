{#
  ai_pattern_matches: the first pattern that recognises each name, with what it makes of it. Patterns of the policy are
  tried before those of the reference.
  names: CTE, one row per combination of name_provider, name_text (in lower case) and as_of (date)
  reads: bill or model, as in the column reads of the patterns
  returns: query: name_provider, name_text, as_of, provider, model, token_class, is_batch, tokens_per_unit, model_family,
           model_class; names that no pattern recognises have no row
#}
{% macro ai_pattern_matches(names, reads) -%}
    select
        name_provider,
        name_text,
        as_of,
        coalesce(lower(trim(pattern_provider)), name_provider) as provider,
        {{ filled_groups('pattern_model') }} as model,
        token_class,
        is_batch,
        tokens_per_unit,
        nullif({{ filled_groups('pattern_family') }}, '') as model_family,
        model_class
    from (
        select
            {{ names }}.name_provider,
            {{ names }}.name_text,
            {{ names }}.as_of,
            patterns.provider as pattern_provider,
            patterns.model as pattern_model,
            patterns.token_class,
            coalesce(patterns.is_batch, false) as is_batch,
            patterns.tokens_per_unit,
            patterns.model_family as pattern_family,
            patterns.model_class,
            {#- three groups more, which match nothing: an engine may refuse to be asked for a group that is not there #}
            {%- for group in [1, 2, 3] %}
            {{ regexp_group(names ~ '.name_text', "(patterns.name_pattern || '()()()')", group) }} as group_{{ group }},
            {%- endfor %}
            row_number() over (
                partition by {{ names }}.name_provider, {{ names }}.name_text, {{ names }}.as_of
                order by patterns.is_reference, patterns.precedence, patterns.pattern_id
            ) as place
        from {{ names }}
        inner join (
            {{ ai_patterns(reads) }}
        ) as patterns
            on
                {{ same_or_any('patterns.service_provider', names ~ '.name_provider') }}
                and {{ in_force(names ~ '.as_of', 'patterns') }}
                and {{ regexp_matches(names ~ '.name_text', 'patterns.name_pattern') }}
    ) as matched
    where place = 1
{%- endmacro %}

{#-
  ai_patterns: the patterns of the policy and of the reference that read the same.
  reads: bill or model
  returns: query
-#}
{% macro ai_patterns(reads) -%}
    {%- set columns = [
        'pattern_id', 'precedence', 'service_provider', 'name_pattern', 'provider', 'model', 'token_class', 'is_batch',
        'tokens_per_unit', 'model_family', 'model_class',
    ] -%}
    select
        {{ columns | join(', ') }},
        valid_from,
        valid_to,
        0 as is_reference
    from {{ ref('ai_models') }}
    where reads = '{{ reads }}'
    union all
    select
        {{ columns | join(', ') }},
        cast('0001-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_to,
        1 as is_reference
    from {{ ref('ai_model_patterns') }}
    where reads = '{{ reads }}'
{%- endmacro %}

{#-
  filled_groups: a name in which {1} to {3} stand for the groups of the pattern; lower case, as names are compared.
  template: SQL expression
  needs: group_1 to group_3
  returns: text
-#}
{% macro filled_groups(template) -%}
    lower(trim(
        replace(
            replace(
                replace({{ template }}, '{1}', coalesce(group_1, '')), '{2}', coalesce(group_2, '')
            ),
            '{3}',
            coalesce(group_3, '')
        )
    ))
{%- endmacro %}
