"""Tieout's Python side: landing, policy, publication and the Dagster definitions around the dbt project."""
