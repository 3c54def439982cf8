-- one row per form and distinct tag text of the run's periods: tags are parsed once per set, never per charge
{{ config(materialized='table', order_by=['tags_form', 'tags_text']) }}

with run_scope as (
    select * from {{ ref('stg_landing__run_scope') }}
),

alibaba_billing_detail as (
    select distinct
        'alibaba_tags' as tags_form,
        tags as tags_text
    from {{ ref('stg_alibaba__billing_detail') }}
    where x_billing_period in (select billing_period from run_scope)
),

aws_cur as (
    select distinct
        {{ aws_tags_form('line_items') }} as tags_form,
        {{ aws_tags_text('line_items') }} as tags_text
    from {{ ref('stg_aws__cur') }} as line_items
    where line_items.x_billing_period in (select billing_period from run_scope)
),

gcp_dimensions as (
    select * from {{ ref('int_gcp_detailed__dimensions') }}
),

gcp_detailed as (
    select distinct
        'gcp_labels' as tags_form,
        {{ gcp_tags_text('export_rows', 'gcp_dimensions.project_labels') }} as tags_text
    from {{ ref('stg_gcp__detailed') }} as export_rows
    left join gcp_dimensions
        on
            export_rows.service = gcp_dimensions.service
            and export_rows.sku = gcp_dimensions.sku
            and export_rows.project = gcp_dimensions.project
            and export_rows.location = gcp_dimensions.location
    where export_rows.x_billing_period in (select billing_period from run_scope)
),

exports as (
    select distinct
        tags_form,
        tags_text
    from {{ ref('int_focus_exports__unified') }}
    where x_billing_period in (select billing_period from run_scope)
),

azure_cost_details as (
    select distinct
        'azure_tags' as tags_form,
        tags_text
    from {{ ref('stg_azure__cost_details') }}
    where x_billing_period in (select billing_period from run_scope)
),

oci_cost as (
    select distinct
        'columns' as tags_form,
        tags as tags_text
    from {{ ref('stg_oci__cost') }}
    where x_billing_period in (select billing_period from run_scope)
),

texts as (
    select * from alibaba_billing_detail
    union all
    select * from aws_cur
    union all
    select * from azure_cost_details
    union all
    select * from gcp_detailed
    union all
    select * from exports
    union all
    select * from oci_cost
),

-- two sources may write the same text in the same form
documents as (
    select distinct
        tags_form,
        tags_text,
        case
            when {{ json_is_valid('tags_text') }} then tags_text
            when {{ json_is_valid("concat('{', tags_text, '}')") }} then concat('{', tags_text, '}')
        end as document
    from texts
    where tags_text is not null
),

-- Google's labels, tags, system labels and project labels are four lists: the name of the list is the scheme
lists as (
    select
        documents.tags_form,
        documents.tags_text,
        members.member_key as scheme,
        members.member_value as document
    from documents, {{ json_members('documents.document', 'members') }}
    where documents.tags_form = 'gcp_labels'
    union all
    select
        tags_form,
        tags_text,
        '' as scheme,
        document
    from documents
    where tags_form <> 'gcp_labels' and substr(document, 1, 1) = '['
),

-- Google's FOCUS export writes Key and Value
pairs as (
    select
        lists.tags_form,
        lists.tags_text,
        lists.scheme,
        coalesce(
            {{ json_value('members.member_value', 'key') }}, {{ json_value('members.member_value', 'Key') }}
        ) as native_key,
        coalesce(
            {{ json_value('members.member_value', 'value') }}, {{ json_value('members.member_value', 'Value') }}
        ) as tag_value
    from lists, {{ json_members('lists.document', 'members') }}
),

entries as (
    select
        documents.tags_form,
        documents.tags_text,
        '' as scheme,
        members.member_key as native_key,
        members.member_value as tag_value,
        members.member_type as value_type
    from documents, {{ json_members('documents.document', 'members') }}
    where documents.tags_form <> 'gcp_labels' and substr(documents.document, 1, 1) = '{'
    union all
    select
        pairs.tags_form,
        pairs.tags_text,
        pairs.scheme,
        pairs.native_key,
        pairs.tag_value,
        case when pairs.tag_value is null then 'NULL' else 'VARCHAR' end as value_type
    from pairs
    union all
    select
        documents.tags_form,
        documents.tags_text,
        '' as scheme,
        coalesce(
            {{ regexp_group('parts.part', "'^ *key:(.*) value:'") }},
            {{ regexp_group('parts.part', "'^([^:=]*)'") }}
        ) as native_key,
        coalesce(
            {{ regexp_group('parts.part', "'^ *key:.* value:(.*)$'") }},
            {{ regexp_group('parts.part', "'^[^:=]*[:=](.*)$'") }}
        ) as tag_value,
        case when {{ regexp_matches('parts.part', "'[:=]'") }} then 'VARCHAR' else 'NULL' end as value_type
    from documents, {{ split_to_rows('documents.tags_text', ';', 'parts') }}
    where documents.document is null
),

keyed as (
    select
        tags_form,
        tags_text,
        native_key,
        tag_value,
        value_type,
        {{ tag_key('tags_form', 'scheme', 'native_key') }} as tag_key
    from entries
    where native_key is not null and (tags_form <> 'columns' or native_key like 'tags/%')
),

-- two native keys can become one: the one that needed no change stays
ranked as (
    select
        tags_form,
        tags_text,
        native_key,
        tag_value,
        value_type,
        tag_key,
        row_number() over (
            partition by tags_form, tags_text, tag_key
            order by case when native_key = tag_key then 0 else 1 end, native_key, tag_value
        ) as rank_of_key
    from keyed
    where tag_key <> ''
),

objects as (
    select
        tags_form,
        tags_text,
        max(case when rank_of_key = 1 and lower(tag_key) = 'name' then tag_value end) as name_tag,
        max(case when native_key <> trim(native_key) then 1 else 0 end) as has_spaced_key,
        max(case when rank_of_key > 1 then 1 else 0 end) as has_repeated_key,
        {{ text_agg(
            "case when rank_of_key = 1 then concat(" ~ json_string('tag_key') ~ ", ':', "
            ~ "case when value_type = 'NULL' then 'true' when value_type in ('VARCHAR', 'OBJECT', 'ARRAY') then "
            ~ json_string('tag_value') ~ " else tag_value end) end", ',', 'tag_key') }} as members
    from ranked
    group by tags_form, tags_text
),

final as (
    select
        documents.tags_form,
        documents.tags_text,
        concat('{', objects.members, '}') as tags,
        objects.name_tag,
        nullif(concat_ws(
            ',',
            case
                when documents.document is null then '"tags_from_text"'
                when documents.document <> documents.tags_text then '"tags_without_braces"'
                when substr(documents.document, 1, 1) = '[' then '"tags_from_list"'
                when documents.tags_form = 'columns' then '"tags_from_columns"'
            end,
            case when objects.has_spaced_key = 1 then '"tag_key_trimmed"' end,
            case when objects.has_repeated_key = 1 then '"tag_key_repeated"' end
        ), '') as changes
    from documents
    inner join objects
        on documents.tags_form = objects.tags_form and documents.tags_text = objects.tags_text
)

select * from final
