{#
  kubernetes_identity_keys: the names by which usage feeds of Kubernetes may know a billed resource, compared with
  resource_key of int_kubernetes_resources.
  identities: relation with identity_id, resource_id, resource_name, match_name, sub_account_id, service_category
  returns: a select of identity_id and resource_key, in lower case; an identity has several, some of them twice: rows
           stream, so that nothing is worked out where they are joined with nothing

  The id as it is (Azure's paths); its last part (i-0abc and vol-0abc of Amazon's ids, with or without the rest of the
  ARN); project and name (Google, whose ids in bills are numbers); the name of a machine, for feeds that know no more;
  the cluster that a control plane is of, and the name of a load balancer.
#}
{% macro kubernetes_identity_keys(identities) -%}
    {%- set resource = 'lower(trim(' ~ identities ~ '.resource_id))' -%}
    {%- set clusters = [
        ':eks:[^:]*:[^:]*:cluster/([^/:]+)$',
        '/microsoft[.]containerservice/managedclusters/([^/]+)$',
        '//container[.]googleapis[.]com/.*/clusters/([^/]+)$',
        '^projects/[^/]+/(?:locations|zones|regions)/[^/]+/clusters/([^/]+)$',
    ] -%}
    {%- set load_balancers = [
        ':loadbalancer/(?:app|net|gwy)/([^/]+)/[^/]+$',
        ':loadbalancer/([^/]+)$',
        '/(?:loadbalancers|forwardingrules)/([^/]+)$',
    ] -%}
    select
        identity_id,
        resource_key
    from (
        select
            {{ identities }}.identity_id,
            {{ resource }} as resource_key
        from {{ identities }}
        union all
        select
            {{ identities }}.identity_id,
            {{ regexp_group(resource, "'([^/:]+)$'", 1) }} as resource_key
        from {{ identities }}
        union all
        select
            {{ identities }}.identity_id,
            lower(trim({{ identities }}.sub_account_id)) || '/'
            || {{ regexp_group('lower(trim(' ~ identities ~ '.match_name))', "'([^/:]+)$'", 1) }} as resource_key
        from {{ identities }}
        union all
        select
            {{ identities }}.identity_id,
            'name/' || lower(trim({{ identities }}.match_name)) as resource_key
        from {{ identities }}
        where {{ identities }}.service_category in ('Compute', 'Networking')
        {% for pattern in clusters %}
            union all
            select
                {{ identities }}.identity_id,
                'control_plane/' || {{ regexp_group(resource, "'" ~ pattern ~ "'", 1) }} as resource_key
            from {{ identities }}
        {% endfor %}
        {% for pattern in load_balancers %}
            union all
            select
                {{ identities }}.identity_id,
                'load_balancer/' || {{ regexp_group(resource, "'" ~ pattern ~ "'", 1) }} as resource_key
            from {{ identities }}
        {% endfor %}
    ) as identity_keys
    where resource_key is not null
{%- endmacro %}
