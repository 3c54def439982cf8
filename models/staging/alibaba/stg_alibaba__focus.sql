-- one row per row of the landed deliveries in force
with staged as (
    {{ staged_focus_export(source('landing_alibaba', 'alibaba_focus'), hours_east=8) }}
)

select * from staged
