"""`tieout explain`, `dispute-pack` and `methodology` over the sample estate: what they show is what is published."""

from __future__ import annotations

import json
import random
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.evidence.cost_centres import explain_cost_centre
from orchestration.evidence.lines import LineKey, explain_charge, explain_lines
from orchestration.evidence.methodology import methodology_document
from orchestration.evidence.model import METRICS, Amounts
from orchestration.evidence.pools import explain_pool, pool_versions
from orchestration.evidence.published import Published
from orchestration.home import Home

from .conftest import PERIOD, tieout


@pytest.fixture(scope="module")
def published(first, home: Path) -> Iterator[Published]:
    assert first.code == 0, first.err
    with Published.of(Home.of(home), PERIOD) as found:
        yield found


def test_a_thousand_random_ledger_lines_are_explained_exactly(published: Published):
    ledger = published.rows(f"select * from {published.scan('fct_allocated_costs')} order by all")
    chosen = random.Random(4).sample(ledger, 1000)  # noqa: S311 - any lines will do
    # a pool that is divided by the hour has a row for each hour of a line
    rows_of: dict[LineKey, list[dict[str, Any]]] = {}
    for row in ledger:
        rows_of.setdefault(LineKey(*(row[name] for name in LineKey.__dataclass_fields__)), []).append(row)
    keys = list(dict.fromkeys(LineKey(*(row[name] for name in LineKey.__dataclass_fields__)) for row in chosen))
    lines = explain_lines(published, keys)
    assert [line for line in lines if not line.foots] == []
    for line in lines:
        rows = rows_of[line.key]
        for metric in METRICS:
            costs = [getattr(part.recomputed, metric) for part in line.parts]
            known = [cost for cost in costs if cost is not None]
            of_rows = [row[metric] for row in rows if row[metric] is not None]
            assert (sum(of_rows, Decimal(0)) if of_rows else None) == (sum(known, Decimal(0)) if known else None)
        assert line.charge_count == len(line.parts) == sum(row["charge_count"] for row in rows)
        assert {division.share_id for division in line.divisions} == {row["share_id"] for row in rows} - {None}
        assert {part.division for part in line.parts} == set(line.divisions or (None,))
        assert all(part.charge.file and part.charge.row > 0 for part in line.parts)
    assert any(line.divisions for line in lines)
    assert any(not line.divisions for line in lines)
    assert any(len(line.divisions) > 1 for line in lines)


def test_the_rule_that_decided_is_the_one_on_the_line(published: Published):
    rows = published.rows(
        f"select * from {published.scan('fct_allocated_costs')} order by hash(identity_id), charge_date limit 300"
    )
    keys = [LineKey(*(row[name] for name in LineKey.__dataclass_fields__)) for row in rows]
    for line in explain_lines(published, keys):
        decided = [(claim.rule_id, claim.rule_version) for claim in line.claims if claim.decided]
        assert decided == ([(line.rule_id, line.rule_version)] if line.rule_id else [])
        assert all(claim.rationale and claim.approved_by for claim in line.claims)


def test_every_cost_centre_is_the_sum_of_what_is_shown(published: Published):
    centres = published.rows(f"select distinct cost_centre from {published.scan('fct_chargeback')}")
    explanations = [explain_cost_centre(published, row["cost_centre"]) for row in centres]
    assert [found.cost_centre for found in explanations if not found.foots] == []
    (total,) = published.rows(
        f"select {', '.join(f'sum({metric}) as {metric}' for metric in METRICS)} "
        f"from {published.scan('fct_allocated_costs')}"
    )
    assert Amounts.total(group.published for found in explanations for group in found.groups) == Amounts.of(total)


def test_every_pool_lets_out_what_went_in(published: Published):
    explanations = [explain_pool(published, pool.pool_id) for pool in pool_versions(published)]
    assert [found.pool_id for found in explanations if not found.foots] == []
    divided = [window for found in explanations for window in found.windows if window.reason is None]
    assert divided
    for window in divided:
        assert (window.divisions[0].share_from, window.divisions[-1].share_to) == (0, 1)
    assert any(found.usage for found in explanations)


def test_rows_of_the_usage_feed_sum_to_the_drivers_quantity(published: Published):
    differences = published.rows(
        f"""
        with rows_summed as (
            select quantities.pool_id, quantities.pool_version, quantities.scope_key, quantities.window_start,
                quantities.domain_id, quantities.quantity, sum(feed.quantity) as of_rows
            from {published.scan("fct_driver_quantities")} as quantities
            inner join {published.scan("allocation_methodology")} as pools
                on quantities.pool_id = pools.pool_id and quantities.pool_version = pools.pool_version
            inner join {published.scan("fct_driver_usage")} as feed
                on quantities.driver_id = feed.driver_id
                and lower(feed.target) = lower(quantities.domain_id)
                and (pools.scope_by is null or lower(feed.scope) = lower(quantities.scope_key))
                and feed.usage_date >= quantities.window_start and feed.usage_date < quantities.window_end
            where pools.driver_kind = 'usage'
            group by all
        )
        select *, count(*) over () as compared from rows_summed
        where quantity is distinct from of_rows or of_rows is not null
        """
    )
    assert len(differences) > 100
    assert [row for row in differences if row["quantity"] != row["of_rows"]] == []


def test_numerators_over_denominators_are_the_ratios(published: Published):
    for pool in pool_versions(published):
        for window in explain_pool(published, pool.pool_id).windows:
            for division in window.divisions:
                if division.denominator and not (division.reason or division.limited_by or division.resolution):
                    ratio = float(division.numerator) / float(division.denominator)
                    assert division.ratio == pytest.approx(ratio, abs=1e-12)


def test_parts_of_a_pool_that_feeds_others_are_the_sum_of_their_ways(published: Published):
    divisions = [
        division
        for pool in ("dns", "monitoring")
        for window in explain_pool(published, pool).windows
        for division in window.divisions
    ]
    assert {division.resolution for division in divisions} == {"reciprocal"}
    for division in divisions:
        assert sum(way.share_of_pool for way in division.ways) == pytest.approx(division.ratio, abs=1e-12)
    through = {way.via_pool_id for division in divisions for way in division.ways if division.pool_id == "dns"}
    assert through == {"dns", "monitoring", "security-tooling"}


def test_consumers_sum_to_what_their_owner_bears(published: Published):
    explanation = explain_pool(published, "nat-gateway")
    assert explanation.foots
    by_owner = {outflow.domain_id: outflow for outflow in explanation.outflows}
    unowned = by_owner.pop("unallocated")
    assert unowned.reason == "unowned_usage"
    assert [part.consumer_name for part in unowned.consumers] == ["vpc-9"]
    assert by_owner
    for outflow in by_owner.values():
        large, small = outflow.consumers
        assert (large.consumer_name, small.consumer_name) == ("vpc-1", "vpc-2")
        assert large.quantity == 3 * (small.quantity or 0)
        assert large.amounts.effective_cost == pytest.approx(
            3 * (small.amounts.effective_cost or 0), abs=Decimal("1e-6")
        )
        assert Amounts.total((large.amounts, small.amounts)) == outflow.amounts
    (row,) = published.rows(
        f"select * from {published.scan('fct_allocated_costs')} where pool_id = 'nat-gateway' "
        "and domain_id <> 'unallocated' order by effective_cost desc limit 1"
    )
    (line,) = explain_lines(published, [LineKey(*(row[name] for name in LineKey.__dataclass_fields__))])
    assert line.foots
    assert [part.consumer_name for part in line.consumers] == ["vpc-1", "vpc-2"]
    assert line.divisions[0].numerator == sum(part.quantity or 0 for part in line.consumers)
    centre = explain_cost_centre(published, row["domain_id"])
    assert centre.foots
    assert {group.pool_id for group in centre.groups if group.consumers} == {"nat-gateway"}


def test_a_shared_charge_is_the_sum_of_its_owners_parts(published: Published):
    rows = published.rows(
        f"select distinct charge_id from {published.scan('fct_charge_splits')} where share_id is not null "
        "order by hash(charge_id) limit 20"
    )
    for row in rows:
        explanation = explain_charge(published, row["charge_id"])
        assert explanation.foots
        assert sum(part.division.ratio for part in explanation.parts) == pytest.approx(1)


def test_worked_examples_foot(published: Published):
    document = methodology_document(published)
    examples = [
        table for section in document.sections for table in section.tables if table.caption.startswith("Worked example")
    ]
    # a pool that only others feed has no charges of its own to show
    divided = published.rows(f"select distinct pool_id, pool_version from {published.scan('fct_allocation_shares')}")
    assert len(examples) == len(divided) > 0
    for table in examples:
        assert sum(row[-1] for row in table.rows) == table.totals[0][-1]


@pytest.mark.parametrize("form", ["json", "html", "terminal"])
def test_each_subject_is_shown_in_each_form(published: Published, home: Path, tmp_path: Path, form: str):
    (row,) = published.rows(
        f"select * from {published.scan('fct_charge_splits')} where share_id is not null "
        "order by effective_cost desc limit 1"
    )
    key = "/".join(str(row[name]) for name in ("source_id", "charge_date", "identity_id", "domain_id"))
    subjects = {"cost-centre": row["domain_id"], "pool": row["pool_id"], "charge": row["charge_id"], "line": key}
    subject = {"json": "cost-centre", "html": "pool", "terminal": "line"}[form]
    page = tmp_path / "page.html"
    options = {"json": ["--json"], "html": ["--html", page], "terminal": []}[form]
    told = tieout("explain", subject, subjects[subject], "--period", PERIOD, *options, home=home)
    assert told.code == 0, told.err
    if form == "json":
        assert told.json()["foots"] is True
        assert {group["domain_id"] for group in told.json()["groups"]} == {row["domain_id"]}
    elif form == "html":
        assert "Adds up" in page.read_text(encoding="utf-8")
    else:
        assert "yes, to the last digit" in told.out
        assert row["pool_id"] in told.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("pool", "nat-gatewy"), "Did you mean 'nat-gateway'"),
        (("cost-centre", "CC-9999"), "CC-1010"),
        (("charge", "1"), "x_charge_id"),
        (("line", "aws-main/2026-10-01"), "source_id/charge_date/identity_id/domain_id"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(published: Published, home: Path, arguments, told):
    refused = tieout("explain", *arguments, "--period", PERIOD, home=home)
    assert refused.code == 2
    assert told in refused.err.replace("\n", " ")


def test_a_period_that_is_not_published_is_refused(published: Published, home: Path):
    refused = tieout("methodology", "--period", "2020-01", home=home)
    assert refused.code == 2
    assert PERIOD in refused.err


def test_the_dispute_pack_holds_every_part(published: Published, home: Path, tmp_path: Path):
    written = tieout("dispute-pack", "cc-1010", "--period", PERIOD, "--out", tmp_path, "--json", home=home)
    assert written.code == 0, written.err
    page, workbook = (Path(written.json()[name]) for name in ("html", "xlsx"))
    text = page.read_text(encoding="utf-8")
    for heading in (
        "Published",
        "Changes since last month",
        "Method:",
        "Who claimed it",
        "Rows of the files",
        "Invoices",
    ):
        assert heading in text
    assert re.search(r"(src|href)\s*=\s*[\"'](?!#)", text) is None, "the page reaches out for something"
    parts = published.rows(
        f"""
        select count(*) as parts from {published.scan("fct_charge_splits")} as splits
        inner join {published.scan("dim_cost_domains")} as domains on splits.domain_id = domains.domain_id
            and splits.charge_date >= domains.applies_from and splits.charge_date < domains.applies_to
        where domains.cost_centre = 'CC-1010'
        """
    )[0]["parts"]
    with zipfile.ZipFile(workbook) as archive:
        sheets = re.findall(r'sheet name="([^"]+)"', archive.read("xl/workbook.xml").decode())
        charges = archive.read(f"xl/worksheets/sheet{sheets.index('Charges') + 1}.xml").decode()
    assert charges.count("<row ") == parts + 1
    again = tieout("dispute-pack", "CC-1010", "--period", PERIOD, "--out", tmp_path / "again", "--json", home=home)
    assert Path(again.json()["xlsx"]).read_bytes() == workbook.read_bytes()
    assert Path(again.json()["html"]).read_bytes() == page.read_bytes()


def test_the_methodology_is_written_as_markdown(published: Published, home: Path, tmp_path: Path):
    target = tmp_path / "methodology.md"
    written = tieout("methodology", "--period", PERIOD, "--pool", "nat-gateway", "--markdown", target, home=home)
    assert written.code == 0, written.err
    text = target.read_text(encoding="utf-8")
    assert text.startswith("# Methodology of NAT gateways")
    assert "Worked example" in text
    assert "Review: every 12 months, by 2026-11-01" in text


def test_an_altered_publication_does_not_add_up(published: Published, home: Path, tmp_path: Path):
    import shutil

    import duckdb

    copy = tmp_path / "home"
    shutil.copytree(home / "publications" / PERIOD, copy / "publications" / PERIOD, symlinks=True)
    shutil.copytree(home / "policies", copy / "policies")
    folder = (copy / "publications" / PERIOD / "current").resolve() / "fct_allocated_costs"
    file = max(folder.rglob("*.parquet"), key=lambda path: path.stat().st_size)
    file.chmod(0o644)
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select * replace (cast(effective_cost + 0.01 as decimal(38, 12)) as effective_cost) "
            f"from '{file}') to '{file}.new' (format parquet)"
        )
    Path(f"{file}.new").replace(file)
    told = tieout("explain", "cost-centre", "CC-1010", "--period", PERIOD, "--json", home=copy)
    assert told.code == 3
    assert json.loads(told.out)["foots"] is False
