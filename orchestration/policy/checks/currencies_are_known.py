"""Exchange rates are between two known currencies, and prices in one."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.csv_file import read_csv
from orchestration.policy.findings import PolicyFinding, did_you_mean
from orchestration.policy.model import PROJECT_SEEDS, Policy

CURRENCY_COLUMNS = {
    "fx_rates": ("from_currency", "to_currency"),
    "ai_token_prices": ("currency",),
    "ai_capacity": ("currency",),
}
"""Columns that hold a currency, by table."""


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield rows that name an unknown currency, and rates of a currency against itself at anything but 1."""
    named = [(table, column) for table, columns in CURRENCY_COLUMNS.items() for column in columns if policy.rows[table]]
    if not named:
        return
    known = _currencies()
    for table, column in named:
        for row in policy.rows[table]:
            code = getattr(row, column)
            if code is not None and code not in known:
                yield policy.finding(
                    table,
                    row,
                    column,
                    found=f"'{code}'",
                    expected="an ISO 4217 code in capitals, as listed in seeds/reference/currencies.csv",
                    cure=did_you_mean(code, known) or "Correct the code.",
                )
    for row in policy.fx_rates:
        if row.from_currency == row.to_currency and row.rate != 1:
            yield policy.finding(
                "fx_rates",
                row,
                "rate",
                found=f"{row.rate} from {row.from_currency} to itself",
                expected="1",
                cure="Remove the row; a currency needs no rate against itself.",
            )


def _currencies() -> set[str]:
    file = read_csv(PROJECT_SEEDS / "reference" / "currencies.csv")
    position = file.header.index("currency")
    return {texts[position].strip() for _, texts in file.rows}
