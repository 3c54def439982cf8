{#
  partitioned: a fact or mart as Parquet files, one partition per folder, written once and replaced one partition at a time.

  Each partition is the model's SQL filtered to it, copied to `<external_root>/<model>/<key>=<value>/…/data.parquet`,
  and further chunks of it to `data-1.parquet`, `data-2.parquet`, …. DuckDB writes beside and renames, so a reader, or a
  publication that has hard-linked the file, never sees a half-written one. The relation is a view over all partition
  files, those of other periods included.

  The same rows must be the same bytes, and DuckDB keeps no order through a join that several threads run. A partition
  of few rows is sorted (`order_by`). A large one is cut into chunks (`chunks_from`), each copied by one thread, which
  keeps the order it reads in, and as many chunks side by side as there are threads: sorting wide rows costs more than
  computing and writing them, and holds all of them in memory. Which way a partition goes depends on its own rows only.
  While any model copies chunks DuckDB has one thread for each statement, those of models built at the same time included.

  Planning wide SQL costs more than computing a few thousand rows, so small partitions are computed at once.

  config:
    partition_by     list of the key columns: the billing period ('YYYY-MM') last, a source before it where there is one
    order_by         list of columns that order the rows of a partition totally
    is_small         true when all partitions are small: their rows are few however many the charges, or fewer by far, and
                     the model's SQL costs as much for one partition as for all of them
    chunks_from      optional `schema.relation` with the key columns of a partition in the order of partition_by (any
                     name, the last one billing_period), the number of the chunk in it (`chunk`, from 0), its
                     `row_count`, and the columns of chunk_by: the least values that belong to it, those after the
                     first null where it begins with the first row of that one. The model must name the relation in a
                     `-- depends_on:` comment. Chunks must not depend on the machine.
    chunks_sorted    true when chunks are sorted too: for narrow rows, joined with tables of any size: which side of a
                     join DuckDB reads first, and with it the order, depends on what else those tables hold
    row_counts_from  optional, instead of chunks_from: a relation with the key columns and `row_count`, as there, that tells
                     small partitions from large ones; the large ones are sorted as a whole
    chunk_by         the columns that chunks are ranges of, never null; the first ones of a range prune what is read
    partitions_from  optional `schema.relation` with the key columns of every partition that exists (as above), and a
                     `fingerprint` of what goes into it. A partition whose files carry the same fingerprint, made by the
                     same SQL, is left alone; one that is no longer listed is removed. To be named as a dependency too.
                     Without it, the partitions are the billing periods of landing.run_scope, always rebuilt.
    scope_where      optional condition on partitions_from: the partitions that are written where they are missing or
                     outdated, whatever the periods in scope are: for what other periods read, such as telemetry
    partitions_where optional condition on partitions_from: the partitions that are this model's
    partition_folder optional name of the folder, the model's own by default: models that write one fact together, each
                     its own partitions, name the folder of that fact
    is_written_upstream  true on the fact itself when other models write its partitions: it only drops what is no
                     longer listed, and is the view over all of them
    `dbt build --full-refresh` rebuilds every partition in scope.

  Only the periods in landing.run_scope are built, but with scope_where; partitions of others stay as they are.
#}

{#
  chunk_conditions: the conditions that cut a partition into chunks, disjoint and complete whatever the values are.
  columns: names of the columns of chunk_by
  starts:  list of the least values of each chunk, in ascending order; the first chunk has no lower bound. A chunk that
           begins with the first row of its first value has none after it: a bound on one column is one that Parquet's
           statistics leave out whole files and row groups by.
  returns: list of SQL conditions
#}
{% macro chunk_conditions(columns, starts) %}
    {%- set conditions = [] -%}
    {%- for start in starts -%}
        {%- set parts = [] -%}
        {%- if not loop.first -%}
            {%- do parts.append(columns[0] ~ ' >= ' ~ tieout.quoted(start[0])) -%}
            {%- if not tieout.is_whole(start) -%}
                {%- do parts.append(tieout.not_before(columns, start)) -%}
            {%- endif -%}
        {%- endif -%}
        {%- if not loop.last and tieout.is_whole(loop.nextitem) -%}
            {%- do parts.append(columns[0] ~ ' < ' ~ tieout.quoted(loop.nextitem[0])) -%}
        {%- elif not loop.last -%}
            {%- do parts.append(columns[0] ~ ' <= ' ~ tieout.quoted(loop.nextitem[0])) -%}
            {%- do parts.append('not ' ~ tieout.not_before(columns, loop.nextitem)) -%}
        {%- endif -%}
        {%- do conditions.append(parts | join(' and ') or 'true') -%}
    {%- endfor -%}
    {{ return(conditions) }}
{% endmacro %}

{# rows_of_a_small_partition: up to so many rows are sorted and computed together with those of other partitions #}
{% macro rows_of_a_small_partition() %}
    {{ return(20000) }}
{% endmacro %}

{#
  batches_of_small_partitions: the small ones of the partitions to be written, in lists of at most ten times as many rows
  as one may have, so that what is computed at once fits into memory.
#}
{% macro batches_of_small_partitions(partitions) %}
    {%- set batches = [] -%}
    {%- set room = namespace(rows=-1) -%}
    {%- for partition in partitions if partition['is_small'] -%}
        {%- if room.rows < partition['row_count'] -%}
            {%- do batches.append([]) -%}
            {%- set room.rows = 10 * tieout.rows_of_a_small_partition() -%}
        {%- endif -%}
        {%- do batches[-1].append(partition) -%}
        {%- set room.rows = room.rows - partition['row_count'] -%}
    {%- endfor -%}
    {{ return(batches) }}
{% endmacro %}

{#
  copy_to_file: the statement that writes a query's rows to a Parquet file which carries its partition's fingerprint, and
  as `made_of` that of what went into it, whatever SQL made it.
  A row group is held in memory until it is full, once per thread: a quarter of the usual rows quarters what wide rows
  take, and finds their dictionaries in the cache.
#}
{% macro copy_to_file(rows, file, partition) %}
    {%- set copy -%}
        copy ({{ rows }}) to {{ tieout.quoted(file) }} (
            format parquet, compression zstd, row_group_size 30720, use_tmp_file true,
            kv_metadata {fingerprint: {{ tieout.quoted(partition['fingerprint']) }}, made_of: {{ tieout.quoted(partition['made_of']) }}}
        )
    {%- endset -%}
    {{ return(copy) }}
{% endmacro %}

{# quoted: a value as a SQL string literal; values are data, quotes in them included #}
{% macro quoted(value) %}
    {{ return("'" ~ (value | string | replace("'", "''")) ~ "'") }}
{% endmacro %}

{# quoted_list: values as a SQL list of string literals #}
{% macro quoted_list(values) %}
    {%- set literals = [] -%}
    {%- for value in values -%}
        {%- do literals.append(tieout.quoted(value)) -%}
    {%- endfor -%}
    {{ return('[' ~ literals | join(', ') ~ ']') }}
{% endmacro %}

{# is_whole: whether a chunk that starts at the values begins with the first row that has the first of them #}
{% macro is_whole(values) %}
    {{ return(values[1:] | reject('none') | list | length == 0) }}
{% endmacro %}

{# not_before: the condition that a row's columns are not less than the values, compared one after the other #}
{% macro not_before(columns, values) %}
    {%- set value = tieout.quoted(values[0]) -%}
    {%- if columns | length == 1 -%}
        {{ return('(' ~ columns[0] ~ ' >= ' ~ value ~ ')') }}
    {%- endif -%}
    {{ return(
        '(' ~ columns[0] ~ ' > ' ~ value ~ ' or (' ~ columns[0] ~ ' = ' ~ value ~ ' and '
        ~ tieout.not_before(columns[1:], values[1:]) ~ '))'
    ) }}
{% endmacro %}

{% materialization partitioned, adapter='duckdb' %}

    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set keys = config.require('partition_by') -%}
    {%- set order_by = config.get('order_by', []) -%}
    {%- set chunks_from = config.get('chunks_from') -%}
    {%- set row_counts_from = config.get('row_counts_from') -%}
    {%- set chunk_by = config.get('chunk_by', []) -%}
    {%- set partitions_from = config.get('partitions_from') -%}
    {#- as DuckDB lists it: a home named with a slash at its end is the same home -#}
    {%- set folder = (adapter.external_root() ~ '/' ~ config.get('partition_folder', model['alias'])) | replace('//', '/') -%}
    {%- set is_written_upstream = config.get('is_written_upstream', false) -%}
    {%- set pattern = folder ~ '/*' * (keys | length) ~ '/data*.parquet' -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
        {%- set sql = get_select_subquery(sql) -%}
    {%- endif -%}
    {%- set made_by = local_md5(sql) -%}

    {%- set listed = [] -%}
    {%- if partitions_from -%}
        {%- set listing -%}
            select partitions.*, {{ config.get('scope_where', 'null') }} as is_in_scope
            from {{ partitions_from }} as partitions
            where {{ config.get('partitions_where', 'true') }}
        {%- endset -%}
        {%- for row in run_query(listing) -%}
            {%- set values = [] -%}
            {%- for key in keys -%}
                {%- do values.append(row['billing_period'] if loop.last else row[loop.index0]) -%}
            {%- endfor -%}
            {%- do listed.append({
                'values': values,
                'made_of': row['fingerprint'],
                'is_in_scope': row['is_in_scope'],
                'fingerprint': local_md5(row['fingerprint'] ~ made_by),
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set scope = run_query('select distinct billing_period from landing.run_scope order by billing_period').columns[0].values() | list -%}
    {%- if not partitions_from -%}
        {%- for period in scope -%}
            {%- do listed.append({'values': [period], 'made_of': '', 'fingerprint': ''}) -%}
        {%- endfor -%}
    {%- endif -%}

    {%- set chunks = {} -%}
    {%- set row_counts = {} -%}
    {%- if chunks_from and not is_written_upstream -%}
        {%- for row in run_query('select * from ' ~ chunks_from ~ ' order by ' ~ (keys | length + 1)) -%}
            {%- set values = row.values() | list -%}
            {%- set name = values[:keys | length] | join('/') -%}
            {%- do chunks.setdefault(name, []).append(values[keys | length + 2:]) -%}
            {%- do row_counts.update({name: row_counts.get(name, 0) + values[keys | length + 1] | int}) -%}
        {%- endfor -%}
    {%- endif -%}

    {%- if row_counts_from -%}
        {%- set counted = 'select ' ~ keys | join(', ') ~ ', sum(row_count) from ' ~ row_counts_from ~ ' group by all' -%}
        {%- for row in run_query(counted) -%}
            {%- set values = row.values() | list -%}
            {%- do row_counts.update({values[:-1] | join('/'): values[-1] | int}) -%}
        {%- endfor -%}
    {%- endif -%}

    {#- an earlier version of the project may have cut the fact by other keys: readers cannot mix the two -#}
    {%- set found = [] -%}
    {%- set removed = [] -%}
    {%- set files_in_folder = "select replace(file, '\\', '/') from glob('" ~ folder ~ "/**/data*.parquet') order by 1" -%}
    {%- for file in run_query(files_in_folder).columns[0].values() -%}
        {%- set folders = file.split('/')[-(keys | length + 2):-1] -%}
        {%- set of_these_keys = [folders[0] == folder.rpartition('/')[2]] -%}
        {%- for key in keys -%}
            {%- do of_these_keys.append(folders[loop.index].startswith(key ~ '=')) -%}
        {%- endfor -%}
        {%- if of_these_keys | min -%}
            {%- do found.append(file) -%}
        {%- else -%}
            {%- do removed.append(file) -%}
        {%- endif -%}
    {%- endfor -%}

    {#- other models may be writing their partitions of the same fact: their files are none of this one's -#}
    {%- set written = {} -%}
    {%- for partition in listed -%}
        {%- set path = namespace(folder=folder) -%}
        {%- for key in keys -%}
            {%- set path.folder = path.folder ~ '/' ~ key ~ '=' ~ partition['values'][loop.index0] -%}
        {%- endfor -%}
        {%- do partition.update({'folder': path.folder}) -%}
        {%- do written.update({path.folder: []}) -%}
    {%- endfor -%}
    {%- for file in found if file.rpartition('/')[0] in written -%}
        {%- do written[file.rpartition('/')[0]].append(file) -%}
    {%- endfor -%}
    {%- set own = written.values() | sum(start=[]) -%}
    {%- set fingerprints = {} -%}
    {%- if partitions_from and own and not is_written_upstream and not flags.FULL_REFRESH -%}
        {%- set details -%}
            select replace(file_name, '\', '/'), decode(value) from parquet_kv_metadata({{ tieout.quoted_list(own) }}) where decode(key) = 'fingerprint'
        {%- endset -%}
        {%- for row in run_query(details) -%}
            {%- do fingerprints.update({row[0]: row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}

    {%- set current = [] -%}
    {%- set stale = [] -%}
    {%- for partition in listed -%}
        {%- set files = written[partition['folder']] -%}
        {%- set is_in_scope = partition['is_in_scope'] if config.get('scope_where') else partition['values'][-1] in scope -%}
        {%- if is_written_upstream or not is_in_scope -%}
            {%- do current.extend(files) -%}
        {%- else -%}
            {%- set filter = [] -%}
            {%- for key in keys -%}
                {%- do filter.append(key ~ ' = ' ~ tieout.quoted(partition['values'][loop.index0])) -%}
            {%- endfor -%}
            {%- set name = partition['values'] | join('/') -%}
            {%- set is_small = config.get('is_small', false)
                or ((chunks_from or row_counts_from) and row_counts.get(name, 0) <= tieout.rows_of_a_small_partition()) -%}
            {%- set conditions = [none] if is_small or not chunks_from else tieout.chunk_conditions(chunk_by, chunks[name]) -%}
            {%- set expected = [] -%}
            {%- for condition in conditions -%}
                {%- do expected.append(partition['folder'] ~ '/data' ~ ('' if loop.first else '-' ~ loop.index0) ~ '.parquet') -%}
            {%- endfor -%}
            {%- set fresh = [] -%}
            {%- for file in expected if partition['fingerprint'] and fingerprints.get(file) == partition['fingerprint'] -%}
                {%- do fresh.append(file) -%}
            {%- endfor -%}
            {%- if flags.FULL_REFRESH or fresh != expected or files | length != expected | length -%}
                {%- do stale.append({
                    'folder': partition['folder'],
                    'values': partition['values'],
                    'filter': filter | join(' and '),
                    'made_of': partition['made_of'],
                    'fingerprint': partition['fingerprint'],
                    'conditions': conditions,
                    'files': expected,
                    'is_small': is_small,
                    'row_count': row_counts.get(name, 0),
                }) -%}
                {%- for file in files if file not in expected -%}
                    {%- do removed.append(file) -%}
                {%- endfor -%}
            {%- endif -%}
            {%- do current.extend(expected) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if stale -%}
        {%- do run_query('select tieout_make_directories(' ~ tieout.quoted_list(stale | map(attribute='folder')) ~ ')') -%}
    {%- endif -%}
    {%- if removed -%}
        {%- do run_query('select tieout_remove_files(' ~ tieout.quoted_list(removed) ~ ')') -%}
    {%- endif -%}

    {%- set side_by_side = [] -%}
    {%- for partition in stale if not partition['is_small'] -%}
        {%- for condition in partition['conditions'] -%}
            {%- set rows -%}
                select * from ({{ sql }}) as partition_rows
                where {{ partition['filter'] }}{{ ' and ' ~ condition if condition }}
                {%- if order_by and (not chunks_from or config.get('chunks_sorted')) %} order by {{ order_by | join(', ') }}{% endif %}
            {%- endset -%}
            {%- set copy = tieout.copy_to_file(rows, partition['files'][loop.index0], partition) -%}
            {%- if chunks_from -%}
                {%- do side_by_side.append(copy) -%}
            {%- else -%}
                {%- do run_query(copy) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if side_by_side -%}
        {%- do run_query("select tieout_begin_side_by_side('" ~ model['alias'] ~ "')") -%}
        {%- do run_query('set threads = 1') -%}
        {%- do run_query('select tieout_side_by_side(' ~ tieout.quoted_list(side_by_side) ~ ')') -%}
    {%- endif -%}
    {%- for batch in tieout.batches_of_small_partitions(stale) -%}
        {%- set is_one = batch | length == 1 -%}
        {%- if not is_one -%}
            {%- set filters = [] -%}
            {%- for key in keys -%}
                {%- set values = [] -%}
                {%- for partition in batch -%}
                    {%- do values.append(tieout.quoted(partition['values'][keys.index(key)])) -%}
                {%- endfor -%}
                {%- do filters.append(key ~ ' in (' ~ values | unique | join(', ') ~ ')') -%}
            {%- endfor -%}
            {%- do filters.append('((' ~ batch | map(attribute='filter') | join(') or (') ~ '))') -%}
            {%- do run_query(
                'create or replace temp table computed_at_once as select * from (' ~ sql ~ ') as rows_of_all where '
                ~ filters | join(' and ')
            ) -%}
        {%- endif -%}
        {%- set statements = [] -%}
        {%- for partition in batch -%}
            {%- set rows -%}
                select * from {{ '(' ~ sql ~ ')' if is_one else 'computed_at_once' }} as partition_rows
                where {{ partition['filter'] }}
                {%- if order_by %} order by {{ order_by | join(', ') }}{% endif %}
            {%- endset -%}
            {%- do statements.append(tieout.copy_to_file(rows, partition['files'][0], partition)) -%}
        {%- endfor -%}
        {%- do statements.append('drop table if exists computed_at_once') -%}
        {#- one call for all: what dbt does around a statement costs more than writing a few rows -#}
        {%- do run_query(statements | join('; ')) -%}
    {%- endfor -%}

    {%- set outdated = [] -%}
    {%- for file in found if partitions_from and not config.get('partition_folder') and file not in current and file not in removed -%}
        {%- do outdated.append(file) -%}
    {%- endfor -%}
    {%- if outdated -%}
        {%- do run_query('select tieout_remove_files(' ~ tieout.quoted_list(outdated) ~ ')') -%}
    {%- endif -%}

    {%- if existing_relation is not none and not existing_relation.is_view -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        create or replace view {{ target_relation }} as
        {% if current or (found and not partitions_from) -%}
            select *
            from read_parquet(
                {{ tieout.quoted(pattern) if not partitions_from else tieout.quoted_list(current | sort) }},
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
