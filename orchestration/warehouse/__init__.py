"""The embedded warehouse: its connection, its dbt environment and the plug-in that dbt loads."""
