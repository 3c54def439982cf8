-- one row per row of the landed deliveries in force
with staged as (
    {{ staged_focus_export(source('landing_focus', 'focus'), google=true) }}
)

select * from staged
