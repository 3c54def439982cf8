"""Invoices: the charges' billed cost is what the documents say, within FOCUS's tolerance for rounding."""

from expectations.suite import Row, Suite, is_true, money


def _figures(row: Row) -> str:
    currency = row["billing_currency"]
    return (
        f"{row['subject']}: invoiced {money(row['expected'], currency)}, charged {money(row['actual'], currency)}, "
        f"difference {money(row['difference'], currency)}, tolerance {money(row['tolerance'], currency)}"
    )


SUITE = Suite(
    table="audit.audit_invoices",
    query="""
        select
            subject,
            billing_currency,
            expected,
            actual,
            difference,
            tolerance,
            coalesce(ties, true) as is_not_off,
            status <> 'open' or coalesce(ties, false) as is_not_open,
            status <> 'none' or coalesce(ties, false) as has_invoice
        from audit.audit_invoices
        where billing_period = $billing_period
        order by subject
    """,
    checks=(
        is_true(
            "is_not_off",
            "invoices_tie",
            "Every issued invoice is the charges' billed cost, within the tolerance for rounding.",
            _figures,
        ),
        is_true(
            "is_not_open",
            "open_invoices_tie",
            "Open invoices already tie.",
            _figures,
            severity="warning",
        ),
        is_true(
            "has_invoice",
            "invoices_exist",
            "Every issuer that charged has an invoice to tie to.",
            lambda row: f"{row['subject']}: charged {money(row['actual'], row['billing_currency'])}",
            severity="warning",
        ),
    ),
)
