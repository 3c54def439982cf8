{#
  rule_matches: the identities that the rules of a kind match, with the days on which the rule is in force and the
  identity has charges. The one place where a rule is compared with a charge. Rules that name a resource, of which there
  may be thousands, find it by its id; only the others are compared with every identity.
  kind: kind of rule
  needs: CTEs identities (dim_charge_identities), rules (int_ownership_rules) and name_matches (int_name_matches)
  returns: a select of the rule's columns, the identity's columns that kinds look owners up by, claim_from and claim_to
#}
{% macro rule_matches(kind) -%}
    {% for is_by_resource in [true, false] -%}
    select
        identities.identity_id,
        greatest(identities.first_charge_date, rules.valid_from) as claim_from,
        least(identities.end_charge_date, rules.valid_to) as claim_to,
        rules.rule_id,
        rules.rule_version,
        rules.kind,
        rules.precedence,
        rules.tag_keys,
        rules.domain_id,
        rules.pool_id,
        rules.domain_id is not null or rules.pool_id is not null as has_outcome,
        rules.match_evidence,
        identities.sub_account_id,
        identities.resource_id,
        identities.resource_name,
        identities.match_name,
        identities.tags,
        name_matches.group_1,
        name_matches.group_2
    from identities
    inner join rules
        on
            rules.kind = '{{ kind }}'
            and identities.first_charge_date < rules.valid_to
            and identities.end_charge_date > rules.valid_from
            and rules.resource_id {{ '= lower(trim(identities.resource_id))' if is_by_resource else 'is null' }}
            {% for rule_column, identity_column in rule_match_columns().items() if rule_column != 'resource_id' %}
                and (
                    rules.{{ rule_column }} is null
                    or rules.{{ rule_column }} = lower(trim(identities.{{ identity_column }}))
                )
            {% endfor %}
    left join name_matches
        on
            rules.rule_id = name_matches.rule_id
            and rules.rule_version = name_matches.rule_version
            and identities.match_name = name_matches.match_name
    where rules.name_regex is null or name_matches.rule_id is not null
    {{ 'union all' if is_by_resource }}
    {% endfor %}
{%- endmacro %}
