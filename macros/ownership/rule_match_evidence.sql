{#
  rule_match_evidence: the match columns that a rule fills in, for people: `sub_account_id=1111, region_id=eu-west-1`.
  rules: relation of the policy's rules
  returns: text expression; 'every charge' when the rule has no match column
#}
{% macro rule_match_evidence(rules) -%}
    coalesce(
        nullif(
            substr(
                {% for column in rule_match_columns().keys() | list + ['name_regex'] %}
                    {{ '||' if not loop.first }}
                    coalesce(', {{ column }}=' || nullif(trim({{ rules }}.{{ column }}), ''), '')
                {% endfor %},
                3
            ),
            ''
        ),
        'every charge'
    )
{%- endmacro %}
