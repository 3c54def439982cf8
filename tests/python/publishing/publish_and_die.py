"""Publishes a prepared warehouse and dies at a step: ``python -m … HOME PERIOD STEP`` (see test_interruption)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb

from orchestration.home import Home
from orchestration.publishing import Evidence, PublishedModel, publish


def main(root: str, period: str, fatal_step: str) -> None:
    home = Home(Path(root))

    def announce(step: str) -> None:
        print(step, flush=True)
        if step == fatal_step:
            os._exit(9)

    models = [
        PublishedModel("dim_cost_domains", "finance", "table", (), "", {}),
        PublishedModel("focus_cost_and_usage", "finance", "partitioned", ("x_source_id", "x_billing_period"), "", {}),
    ]
    with duckdb.connect(str(home.warehouse_file), read_only=True) as connection:
        evidence = Evidence("f" * 64, {}, {"outcome": "passed"}, [])
        publish(home, period, connection=connection, models=models, evidence=evidence, announce=announce)


if __name__ == "__main__":
    main(*sys.argv[1:])
