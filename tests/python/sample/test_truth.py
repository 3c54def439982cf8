from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from orchestration.sample.providers import SMALL_BILLS
from tests.python.sample.conftest import Estate, native_cost, period

SOURCES = ("aws-main", "azure-main", "gcp-main")


@pytest.mark.parametrize("source_id", SOURCES)
def test_every_row_in_force_has_one_truth_with_its_amount(estate: Estate, source_id: str) -> None:
    truth = {
        (row["source_file"], row["source_row"]): (row["billing_period"], row["native_cost"])
        for row in estate.charges
        if row["source_id"] == source_id
    }
    # Google's credits come on top of the cost column
    found = {
        (path, number): (
            period(source_id, row),
            row["cost"] if source_id == "gcp-main" else native_cost(source_id, row),
        )
        for path, number, row in estate.in_force(source_id)
    }
    assert found == truth


@pytest.mark.parametrize("source_id", SOURCES)
def test_totals_equal_what_the_files_sum_to(estate: Estate, source_id: str) -> None:
    landed: dict[str, Decimal] = defaultdict(Decimal)
    rows: dict[str, int] = defaultdict(int)
    for _, _, row in estate.in_force(source_id):
        landed[period(source_id, row)] += native_cost(source_id, row)
        rows[period(source_id, row)] += 1
    declared = [total for total in estate.totals["periods"] if total["source_id"] == source_id]
    assert {total["billing_period"]: Decimal(total["landed_cost"]) for total in declared} == landed
    assert {total["billing_period"]: total["native_rows"] for total in declared} == rows


def test_billed_cost_loses_nothing_of_the_cash(estate: Estate) -> None:
    for total in estate.totals["periods"]:
        assert Decimal(total["billed_cost"]) == Decimal(total["landed_cost"])


def test_totals_equal_the_charges(estate: Estate) -> None:
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for row in estate.charges:
        if row["emitted"]:
            amounts = (row["billed_cost"], row["effective_cost"], row["list_cost"] or Decimal(0))
            key = (row["source_id"], row["billing_period"])
            sums[key] = [total + amount for total, amount in zip(sums[key], amounts, strict=True)]
    for total in estate.totals["periods"]:
        expected = [Decimal(total[name]) for name in ("billed_cost", "effective_cost", "asserted_list_cost")]
        assert sums[(total["source_id"], total["billing_period"])] == expected
    effective = sum(Decimal(entry["effective_cost"]) for entry in estate.totals["effective_cost_by"])
    assert effective == sum(total[1] for total in sums.values())


def test_every_charge_has_a_domain_or_a_pool(estate: Estate) -> None:
    domains = {row["domain_id"] for row in estate.policy("cost_domains")} | {"unallocated"}
    pools = {row["pool_id"] for row in estate.policy("pools")}
    for row in estate.charges:
        assert (row["domain_id"] is None) != (row["pool_id"] is None)
        assert row["domain_id"] in domains or row["pool_id"] in pools
        assert (row["reason"] is not None) == (row["domain_id"] == "unallocated")


def test_an_owner_is_in_force_on_the_charge_date(estate: Estate) -> None:
    spans: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in estate.policy("cost_domains"):
        spans[row["domain_id"]].append((row["valid_from"], row["valid_to"]))
    owned = {(row["domain_id"], row["charge_date"].isoformat()) for row in estate.charges if row["domain_id"]}
    for domain, day in owned - {(domain, day) for domain, day in owned if domain == "unallocated"}:
        assert any(since <= day < until for since, until in spans[domain]), (domain, day)


def test_invoices_tie_to_the_exports(estate: Estate) -> None:
    exported: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    tax: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for source_id, issuer in zip(SOURCES, ("Amazon Web Services, Inc.", "Microsoft", "Google Cloud"), strict=True):
        for _, _, row in estate.in_force(source_id):
            number = {"aws-main": row.get("bill_invoice_id"), "azure-main": row.get("InvoiceId")}.get(source_id, "")
            key = (issuer, str(number), period(source_id, row))
            exported[key] += native_cost(source_id, row)
            if row.get("line_item_line_item_type") == "Tax" or row.get("cost_type") == "tax":
                tax[key] += native_cost(source_id, row)
    invoices = estate.invoices("amazon", "microsoft", "google")
    assert len(invoices) == len(exported)
    for invoice in invoices:
        google = invoice["issuer"] == "Google Cloud"
        key = (invoice["issuer"], "" if google else invoice["invoice_id"], invoice["billing_period"])
        assert Decimal(invoice["subtotal"]) + Decimal(invoice["tax"]) == Decimal(invoice["total"])
        if invoice["status"] == "open":
            assert google
            assert invoice["billing_period"] == "2026-10"
            continue
        tied = invoice["subtotal"] if invoice["issuer"] == "Microsoft" else invoice["total"]
        assert abs(Decimal(tied) - exported[key]) <= (
            Decimal("0.01") if invoice["issuer"].startswith("Amazon") else Decimal(0)
        )
        if invoice["issuer"] != "Microsoft":
            assert Decimal(invoice["tax"]) == tax[key]


def test_the_truth_records_each_rounding_difference(estate: Estate) -> None:
    with_tax = {"amazon", "google", *(bill.source_id for bill in SMALL_BILLS if bill.tax_beside is None)}
    documents = {
        (row["issuer"], row["invoice_id"], row["billing_period"]): Decimal(
            row["total" if path.stem in with_tax else "subtotal"]
        )
        for path in (estate.root / "invoices").glob("*.csv")
        for row in estate.invoices(path.stem)
    }
    for invoice in estate.totals["invoices"]:
        tied = documents[invoice["issuer"], invoice["invoice_id"], invoice["billing_period"]]
        assert tied == Decimal(invoice["tied_amount"])
        assert tied - Decimal(invoice["exported"]) == Decimal(invoice["difference"])


def test_a_quarter_to_thirty_percent_of_spend_is_untagged(estate: Estate) -> None:
    for share in estate.summary.untagged_share.values():
        assert Decimal("0.25") <= Decimal(share) <= Decimal("0.30")


def test_attribution_is_the_effective_cost_without_taxes_and_credits(estate: Estate) -> None:
    rates = {(row["billing_period"], row["from_currency"]): Decimal(row["rate"]) for row in estate.policy("fx_rates")}
    sums: dict[str, dict[str, dict[str, Decimal]]] = {
        month: {"by_method": defaultdict(Decimal), "by_pool": defaultdict(Decimal)} for month, _ in rates
    }
    for row in estate.charges:
        if row["kind"] not in {"tax", "credit"}:
            rate = rates.get((row["billing_period"], row["billing_currency"]), Decimal(1))
            group = "by_pool" if row["pool_id"] else "by_method"
            name = row["pool_id"] or row["attribution_method"]
            sums[row["billing_period"]][group][name] += row["effective_cost"] * rate
    for month, entry in estate.totals["attribution"].items():
        for group in ("by_method", "by_pool"):
            assert {name: Decimal(value) for name, value in entry[group].items()} == sums[month][group]
        parts = [Decimal(value) for group in ("by_method", "by_pool") for value in entry[group].values()]
        assert sum(parts) == Decimal(entry["total"])


def test_shares_of_a_window_add_up(estate: Estate) -> None:
    windows: dict[tuple[str, str, str], list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for row in estate.shares:
        key = (row["pool_id"], row["scope_key"], f"{row['billing_period']} {row['window_start']}")
        windows[key].append((Decimal(row["numerator"]), Decimal(row["denominator"])))
    for key, parts in windows.items():
        assert {denominator for _, denominator in parts} == {sum(numerator for numerator, _ in parts)}, key
        assert min(numerator for numerator, _ in parts) >= 0


def test_every_window_of_a_pool_with_charges_has_shares(estate: Estate) -> None:
    windows = {pool["pool_id"]: pool["driver_window"] for pool in estate.policy("pools")}
    # clusters and models are known by consumer
    told_apart = {
        pool["pool_id"] for pool in estate.policy("pools") if pool["driver_id"].startswith(("kubernetes_", "ai_"))
    }
    needed = {
        (
            row["pool_id"],
            row["billing_period"],
            row["charge_date"].isoformat()
            if windows[row["pool_id"]] == "charge_day"
            else f"{row['billing_period']}-01",
        )
        for row in estate.charges
        if row["pool_id"] and row["emitted"] and row["pool_id"] not in told_apart
    }
    assert needed == {(row["pool_id"], row["billing_period"], row["window_start"].isoformat()) for row in estate.shares}


def test_spend_shares_are_what_owners_spent(estate: Estate) -> None:
    spent: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in estate.charges:
        if row["source_id"] == "azure-main" and row["domain_id"] not in {None, "unallocated"}:
            spent[(row["billing_period"], row["domain_id"])] += row["effective_cost"]
    shares = {
        (row["billing_period"], row["domain_id"]): Decimal(row["numerator"])
        for row in estate.shares
        if row["pool_id"] == "azure-commitments"
    }
    assert shares == spent
