{#
  consuming_drivers: the drivers that know consumers.
  driver_usage: relation, as int_driver_usage (driver, consumer_id)
  returns: a query, one row per driver: driver_key
#}
{% macro consuming_drivers(driver_usage) -%}
    select distinct lower(trim(driver)) as driver_key
    from (
        select distinct driver
        from {{ driver_usage }}
        where consumer_id is not null
    ) as drivers_with_consumers
{%- endmacro %}
