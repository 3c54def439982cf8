-- one row per identity and matching rule of kind override, for the days on which both are there:
-- a dated exception
{{ candidates_with_named_outcome('override') }}
