"""Exchange rates are between two known currencies."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.policy.csv_file import read_csv
from orchestration.policy.findings import PolicyFinding, did_you_mean
from orchestration.policy.model import PROJECT_SEEDS, Policy


def check(policy: Policy) -> Iterator[PolicyFinding]:
    """Yield rates that name an unknown currency, or a currency against itself at anything but 1."""
    if not policy.fx_rates:
        return
    known = _currencies()
    for row in policy.fx_rates:
        for column in ("from_currency", "to_currency"):
            code = getattr(row, column)
            if code not in known:
                yield policy.finding(
                    "fx_rates",
                    row,
                    column,
                    found=f"'{code}'",
                    expected="an ISO 4217 code in capitals, as listed in seeds/reference/currencies.csv",
                    cure=did_you_mean(code, known) or "Correct the code.",
                )
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
