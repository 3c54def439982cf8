{#
  aws_tags_text, aws_tags_form: the tags of a Cost and Usage Report line, as delivered, and how they are written.
  `tags` keeps the keys that people wrote; `resource_tags` has them in snake case and is second best.
  gcp_tags_text, gcp_lists_text: the four lists of labels and tags of a Google row as one JSON object of lists.
  rows: name of the staged rows in the query; labels, tags, system_labels, project_labels: SQL expressions of the lists, null
  when empty
  returns: text expressions; a text is null when there is no tag
#}
{% macro aws_tags_text(rows) -%}
    coalesce({{ rows }}.tags, {{ rows }}.resource_tags)
{%- endmacro %}

{% macro aws_tags_form(rows) -%}
    case when {{ rows }}.tags is not null then 'aws_tags' else 'aws_resource_tags' end
{%- endmacro %}

{% macro gcp_tags_text(rows, project_labels) -%}
    {{ gcp_lists_text(rows ~ '.labels', rows ~ '.tags', rows ~ '.system_labels', project_labels) }}
{%- endmacro %}

{% macro gcp_lists_text(labels, tags, system_labels, project_labels) -%}
    case
        when {{ labels }} is not null or {{ tags }} is not null or {{ system_labels }} is not null
            or {{ project_labels }} is not null
            then concat(
                '{"labels":', coalesce({{ labels }}, '[]'),
                ',"tags":', coalesce({{ tags }}, '[]'),
                ',"system_labels":', coalesce({{ system_labels }}, '[]'),
                ',"project_labels":', coalesce({{ project_labels }}, '[]'),
                '}'
            )
    end
{%- endmacro %}
