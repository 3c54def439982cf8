"""What idles is below something: a GPU is never used less than not at all, and a window lasts an hour at least."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield limits that nothing, or everything, is below, windows without length, and patterns that do not compile."""
    if not policy.gpu_idle:
        return
    with duckdb.connect() as engine:
        for row in policy.gpu_idle:
            if not row.utilisation_below:
                yield policy.finding(
                    "gpu_idle",
                    row,
                    "utilisation_below",
                    found="nothing" if row.utilisation_below is None else "0",
                    expected="a share above 0, up to 1: below it a GPU idles",
                    cure="Write 5 % as 0.05.",
                )
            if row.minimum_hours < 1:
                yield policy.finding(
                    "gpu_idle",
                    row,
                    "minimum_hours",
                    found=str(row.minimum_hours),
                    expected="1 or more",
                    cure="Write how many hours in a row it takes to be worth telling.",
                )
            if row.resource_regex is None:
                continue
            try:
                engine.execute("select regexp_matches('', ?)", [row.resource_regex])
            except duckdb.Error as error:
                yield policy.finding(
                    "gpu_idle",
                    row,
                    "resource_regex",
                    found=f"'{row.resource_regex}' ({str(error).splitlines()[0]})",
                    expected="a regular expression in RE2 syntax (no look-around, no back references)",
                    cure="Correct the pattern.",
                )
