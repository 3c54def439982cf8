{#
  tag_key: the key of a tag as people wrote it. Provider prefixes of user tags go; provider tags keep or get a prefix.
  form: SQL expression, how the tags are written (int_tag_sets.tags_form); scheme: SQL expression, the list of a Google row
  native_key: SQL expression, the key in the bill
  returns: a text expression

  AWS `tags`: resourceTags/user:CostCenter is CostCenter, resourceTags/aws:createdBy is aws:createdBy; account tags and cost
  categories keep their group (accountTag/…). AWS `resource_tags`: user_x is x, aws_x is aws:x.
  Google: labels have no prefix; tags are tag:x, labels of the project project:x; system labels carry a domain already.
#}
{% macro tag_key(form, scheme, native_key) -%}
    trim(
        case
            when {{ form }} = 'aws_resource_tags' and substr({{ native_key }}, 1, 5) = 'user_' then substr({{ native_key }}, 6)
            when {{ form }} = 'aws_resource_tags' and substr({{ native_key }}, 1, 4) = 'aws_'
                then concat('aws:', substr({{ native_key }}, 5))
            when {{ native_key }} like 'resourceTags/user:%' then substr({{ native_key }}, 19)
            when {{ native_key }} like 'resourceTags/%' then substr({{ native_key }}, 14)
            when {{ native_key }} like 'user:%' then substr({{ native_key }}, 6)
            when {{ form }} = 'columns' then substr({{ native_key }}, 6)
            when {{ scheme }} = 'tags' then concat('tag:', {{ native_key }})
            when {{ scheme }} = 'project_labels' then concat('project:', {{ native_key }})
            else {{ native_key }}
        end
    )
{%- endmacro %}
