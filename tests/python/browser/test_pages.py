"""A page of figures in a real browser: what it says is seen, nothing in it runs, and it prints."""

from __future__ import annotations

import base64
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By

from orchestration.reports.html import as_html
from tests.python.reports.test_pages import HOSTILE, document

from .conftest import keep


def test_a_page_shows_hostile_names_and_runs_nothing(browser: webdriver.Chrome, tmp_path: Path):
    page = tmp_path / "page.html"
    page.write_text(as_html(document(HOSTILE)), encoding="utf-8")
    browser.get(page.as_uri())
    assert browser.execute_script("return window.hacked") is None
    assert HOSTILE[0] in browser.find_element(By.TAG_NAME, "body").text
    assert browser.find_element(By.TAG_NAME, "caption").text == HOSTILE[0]
    widths = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1], "the page scrolls sideways as a whole; only tables may"
    assert keep(browser, "page").stat().st_size > 20_000
    errors = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []
    printed = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert printed.startswith(b"%PDF")
