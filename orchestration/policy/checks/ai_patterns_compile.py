"""A pattern of ai_models is one that the engine accepts, can match, and has the groups that its model is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb

from orchestration.policy.checks.name_patterns_compile import groups
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy

MOST_GROUPS = 3
"""Groups that a model's name can be made of: ``{1}`` to ``{3}``."""


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield patterns that are invalid, can match nothing, or lack a group; and columns that a pattern cannot use."""
    if not policy.ai_models:
        return
    with duckdb.connect() as engine:
        for row in policy.ai_models:
            try:
                engine.execute("select regexp_matches('', ?)", [row.name_pattern])
            except duckdb.Error as error:
                yield policy.finding(
                    "ai_models",
                    row,
                    "name_pattern",
                    found=f"'{row.name_pattern}' ({str(error).splitlines()[0]})",
                    expected="a regular expression in RE2 syntax (no look-around, no back references)",
                    cure="Correct the pattern.",
                )
                continue
            if re.search(r"[A-Z]", re.sub(r"\\.", "", row.name_pattern)):
                yield policy.finding(
                    "ai_models",
                    row,
                    "name_pattern",
                    found=f"'{row.name_pattern}' with capital letters",
                    expected="a pattern in lower case: names are compared in lower case",
                    cure="Write it in lower case.",
                )
            asked = [int(number) for number in re.findall(r"\{(\d+)\}", f"{row.model}{row.model_family or ''}")]
            most = min(groups(row.name_pattern), MOST_GROUPS)
            if any(number == 0 or number > most for number in asked):
                yield policy.finding(
                    "ai_models",
                    row,
                    "model",
                    found=f"'{row.model}', and a pattern with {groups(row.name_pattern)} capture groups",
                    expected=f"groups of the pattern, {{1}} to {{{MOST_GROUPS}}}",
                    cure="Put the parts of the name in parentheses in the pattern, or write the model's name in full.",
                )
    for row in policy.ai_models:
        if row.reads == "bill" and row.provider is None:
            yield policy.finding(
                "ai_models",
                row,
                "provider",
                found="nothing",
                expected="the provider as the gateway's log names it, such as openai or aws",
                cure="Write the provider; only a pattern that reads models may leave it as it is.",
            )
        if row.reads == "model" and (row.token_class or row.is_batch or row.tokens_per_unit is not None):
            yield policy.finding(
                "ai_models",
                row,
                "token_class",
                found="what a meter counts, in a pattern that reads models",
                expected="token_class, is_batch and tokens_per_unit blank: a model's name does not say them",
                cure="Blank the columns, or let the pattern read the bill.",
            )
