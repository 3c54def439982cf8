"""Documents on every medium: exact, and harmless whatever a tag or a name holds."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from orchestration.reports import Column, Document, Section, Table
from orchestration.reports.html import as_html
from orchestration.reports.markdown import as_markdown
from orchestration.reports.terminal import print_document
from orchestration.reports.wording import exact, shown
from orchestration.reports.workbook import write_workbook

HOSTILE = [
    "<script>window.hacked = 1</script>",
    "\"><img src=x onerror='window.hacked=1'>",
    '=HYPERLINK("http://example.com")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\x1b[31mred\x1b]0;title\x07",
    "abc\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
    "{{ 7 * 7 }}{% raw %}",
    "| a | b |\n# heading [link](http://example.com) <b>*_`",
    "[bold]not markup[/bold]",
    "Ünïcode 東京 🚀",
]


def document(texts: list[str]) -> Document:
    table = Table(
        texts[0],
        (Column("Name"), Column("Amount", "amount"), Column("Ratio", "ratio"), Column("Day", "date")),
        tuple((text, Decimal("-1234.500000000001"), 0.1, dt.date(2026, 10, 1)) for text in texts),
        (("Sum", Decimal("0E-12"), None, dt.date(9999, 12, 31)),),
        texts[-1],
    )
    facts = tuple((text, text) for text in texts)
    return Document(texts[0], texts[1], facts, (Section(texts[2], tuple(texts), facts, (table,)),), texts[3])


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text.append(data)


def test_html_holds_hostile_texts_as_texts():
    page = as_html(document(HOSTILE))
    parser = _Tags()
    parser.feed(page)
    assert {tag for tag, _ in parser.found} & {"script", "img", "b", "iframe", "link"} == set()
    assert not any(name.startswith("on") for _, attributes in parser.found for name in attributes)
    text = "".join(parser.text)
    assert HOSTILE[0] in text
    assert "{{ 7 * 7 }}" in text
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page
    assert "\x1b" not in page


def test_html_can_be_read_by_those_who_hear_it():
    parser = _Tags()
    parser.feed(as_html(document(HOSTILE)))
    tags = [tag for tag, _ in parser.found]
    assert dict(parser.found)["html"]["lang"] == "en"
    assert tags.count("h1") == 1
    assert tags.count("caption") == tags.count("table")
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in parser.found if tag == "th")
    assert "main" in tags


def test_markdown_keeps_its_tables_whatever_a_cell_holds():
    lines = as_markdown(document(HOSTILE)).splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) == len(HOSTILE) + 3
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows} == {5}
    assert not any(line.startswith("# ") for line in lines[1:])


def test_a_terminal_obeys_nothing():
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system=None)
    print_document(console, document(HOSTILE))
    text = console.file.getvalue()
    assert "\x1b[31m" not in text
    assert "\x07" not in text
    assert "[bold]not markup[/bold]" in text


@pytest.fixture
def workbook(tmp_path: Path) -> dict[str, str]:
    (section,) = document(HOSTILE).sections
    write_workbook(tmp_path / "book.xlsx", {"Sheet": section.tables[0]}, created=dt.datetime(2026, 10, 31))
    with zipfile.ZipFile(tmp_path / "book.xlsx") as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_no_cell_of_a_workbook_is_a_formula(workbook: dict[str, str]):
    sheet = workbook["xl/worksheets/sheet1.xml"]
    assert "<f>" not in sheet
    assert "hyperlink" not in "".join(workbook).lower()


def test_texts_that_look_like_formulas_stay_texts_when_they_are_edited(workbook: dict[str, str]):
    styles = re.search(r"<cellXfs.*?</cellXfs>", workbook["xl/styles.xml"], re.DOTALL)
    formats = re.findall(r"<xf [^>]*>", styles.group(0))
    quoted = {index for index, style in enumerate(formats) if 'quotePrefix="1"' in style}
    cells = re.findall(
        r'<c r="A\d+"(?: s="(\d+)")? t="[^"]+">.*?<t[^>]*>(.*?)</t>', workbook["xl/worksheets/sheet1.xml"], re.DOTALL
    )
    marked = {text.strip()[:1] for style, text in cells if style and int(style) in quoted}
    assert marked == {"=", "+", "-", "@"}


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1234567.890000000000", "1,234,567.89"),
        ("0.000000000001", "0.000000000001"),
        ("-0.50", "-0.50"),
        ("-0E-12", "0.00"),
        ("12", "12.00"),
    ],
)
def test_amounts_keep_every_digit(amount: str, text: str):
    assert exact(Decimal(amount)) == text


@given(st.decimals(min_value=-(10**20), max_value=10**20, places=12))
def test_an_amount_reads_back_as_itself(amount: Decimal):
    assert Decimal(shown(amount, "amount").replace(",", "")) == amount
