{#
  partitioned: a fact or mart as Parquet files, one per partition, written once and replaced one partition at a time.

  Each partition is the model's SQL filtered to it, copied to
  `<external_root>/<model>/<key>=<value>/…/data.parquet`. DuckDB writes beside and renames, so a reader, or a publication that has
  hard-linked the file, never sees a half-written one. The relation is a view over all partition files, those of
  other periods included.

  config:
    partition_by     list of the key columns: the billing period ('YYYY-MM') last, a source before it where there is one
    order_by         list of columns that order the rows of a partition totally: same rows, same bytes
    partitions_from  optional `schema.relation` with the key columns of every partition that exists (any name, in the
                     order of partition_by, the last one named billing_period) and a `fingerprint` of what goes into
                     it. A partition whose file carries the same fingerprint, made by the same SQL, is left alone; one
                     that is no longer listed is removed. The model must name the relation in a `-- depends_on:` comment.
                     Without it, the partitions are the billing periods of landing.run_scope, always rebuilt.
    partitions_where optional condition on partitions_from: the partitions that are this model's
    partition_folder optional name of the folder, the model's own by default: models that write one fact together, each
                     its own partitions, name the folder of that fact
    is_written_upstream  true on the fact itself when other models write its partitions: it only drops what is no
                     longer listed, and is the view over all of them
    `dbt build --full-refresh` rebuilds every partition in scope.

  Only the periods in landing.run_scope are built.
#}
{% materialization partitioned, adapter='duckdb' %}

    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set keys = config.require('partition_by') -%}
    {%- set order_by = config.get('order_by', []) -%}
    {%- set partitions_from = config.get('partitions_from') -%}
    {%- set folder = adapter.external_root() ~ '/' ~ config.get('partition_folder', model['alias']) -%}
    {%- set is_written_upstream = config.get('is_written_upstream', false) -%}
    {%- set pattern = folder ~ '/*' * (keys | length) ~ '/data.parquet' -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
        {%- set sql = get_select_subquery(sql) -%}
    {%- endif -%}
    {%- set made_by = local_md5(sql) -%}

    {%- set listed = [] -%}
    {%- if partitions_from -%}
        {%- for row in run_query('select * from ' ~ partitions_from ~ ' where ' ~ config.get('partitions_where', 'true')) -%}
            {%- set values = [] -%}
            {%- for key in keys -%}
                {%- do values.append(row['billing_period'] if loop.last else row[loop.index0]) -%}
            {%- endfor -%}
            {%- do listed.append({'values': values, 'fingerprint': local_md5(row['fingerprint'] ~ made_by)}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set scope = run_query('select distinct billing_period from landing.run_scope order by billing_period').columns[0].values() | list -%}
    {%- if not partitions_from -%}
        {%- for period in scope -%}
            {%- do listed.append({'values': [period], 'fingerprint': ''}) -%}
        {%- endfor -%}
    {%- endif -%}

    {%- set found = {} -%}
    {%- if run_query("select count(*) from glob('" ~ pattern ~ "')").columns[0].values()[0] > 0 -%}
        {%- set files %}
            select
                replace(files.file, '\', '/') as file_name,
                max(case when decode(details.key) = 'fingerprint' then decode(details.value) end) as fingerprint
            from glob('{{ pattern }}') as files
            left join parquet_kv_metadata('{{ pattern }}') as details
                on files.file = details.file_name
            group by 1
        {% endset -%}
        {%- for row in run_query(files) -%}
            {%- do found.update({row[0]: row[1] or ''}) -%}
        {%- endfor -%}
    {%- endif -%}

    {%- set current = [] -%}
    {%- for partition in listed -%}
        {%- set path = namespace(folder=folder, filter=[]) -%}
        {%- for key in keys -%}
            {%- set value = partition['values'][loop.index0] -%}
            {%- set path.folder = path.folder ~ '/' ~ key ~ '=' ~ value -%}
            {%- do path.filter.append(key ~ " = '" ~ value ~ "'") -%}
        {%- endfor -%}
        {%- set file = path.folder ~ '/data.parquet' -%}
        {%- do current.append(file) -%}
        {%- set is_in_scope = partition['values'][-1] in scope -%}
        {%- set is_fresh = partition['fingerprint'] and found.get(file) == partition['fingerprint'] -%}
        {%- if is_in_scope and not is_written_upstream and (flags.FULL_REFRESH or not is_fresh) -%}
            {%- do run_query("select tieout_make_directory('" ~ path.folder ~ "')") -%}
            {%- call statement('write ' ~ path.folder) -%}
                copy (
                    select *
                    from (
                        {{ sql }}
                    ) as partition_rows
                    where {{ path.filter | join(' and ') }}
                    {% if order_by %}order by {{ order_by | join(', ') }}{% endif %}
                ) to '{{ file }}' (
                    format parquet,
                    compression zstd,
                    kv_metadata {fingerprint: '{{ partition['fingerprint'] }}'}
                )
            {%- endcall -%}
        {%- endif -%}
    {%- endfor -%}

    {%- if partitions_from and not config.get('partition_folder') -%}
        {%- for file in found if file not in current -%}
            {%- do run_query("select tieout_remove_partition('" ~ file[:-13] ~ "')") -%}
        {%- endfor -%}
    {%- endif -%}

    {%- if existing_relation is not none and not existing_relation.is_view -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
    {%- set on_disk = run_query("select replace(file, '\\', '/') from glob('" ~ pattern ~ "') order by 1").columns[0].values() -%}
    {%- set files = [] -%}
    {%- for file in on_disk if not partitions_from or file in current -%}
        {%- do files.append(file) -%}
    {%- endfor -%}
    {%- call statement('main') -%}
        create or replace view {{ target_relation }} as
        {% if files -%}
            select *
            from read_parquet(
                {{ "'" ~ pattern ~ "'" if not partitions_from else files }},
                hive_partitioning = true, hive_types_autocast = false, union_by_name = true
            )
        {%- else -%}
            select * from ({{ sql }}) as no_rows where false
        {%- endif %}
    {%- endcall -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}
