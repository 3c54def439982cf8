-- one row per row of the landed deliveries in force
with staged as (
    {{ staged_focus_export(source('landing_oci', 'oci_focus')) }}
)

select * from staged
