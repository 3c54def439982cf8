"""The Dagster page in a real browser: the lineage from deliveries to publication is there to be seen.

Needs Chromium and its driver (Debian: chromium, chromium-driver). The pictures stay in `artifacts/`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from orchestration.versions import PROJECT

from .conftest import keep


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Dagster page over an estate of three sources, started as a user starts it."""
    folder = tmp_path_factory.mktemp("page")
    for name in ("aws", "azure", "gcp"):
        (folder / name).mkdir()
    (folder / "estate.yml").write_text(
        "reporting_currency: USD\n"
        "sources:\n"
        "  - {id: aws-main, kind: aws_cur2, location: ./aws}\n"
        "  - {id: azure-main, kind: azure_focus, location: ./azure}\n"
        "  - {id: gcp-main, kind: gcp_detailed, location: ./gcp}\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "dev.log").open("w")
    command = [sys.executable, "-m", "orchestration.cli", "dev", "--estate", str(folder / "estate.yml")]
    process = subprocess.Popen(
        [*command, "--home", str(folder / "home"), "--port", str(port)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/server_info", process, folder / "dev.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
        log.close()


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own server on loopback
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    raise AssertionError(f"{address} did not answer in {seconds} s:\n{log.read_text()}")


def see(browser: webdriver.Chrome, *texts: str, seconds: float = 60) -> None:
    """Wait until every text is on the page."""

    def all_there(chrome: webdriver.Chrome) -> bool:
        shown = chrome.find_element(By.TAG_NAME, "body").text
        return all(text in shown for text in texts)

    try:
        WebDriverWait(browser, seconds).until(all_there)
    except Exception:
        keep(browser, "dagster-missing")
        raise


def test_the_lineage_from_deliveries_to_publication_is_visible(page: str, browser: webdriver.Chrome):
    browser.get(page)
    see(browser, "Lineage")
    browser.find_element(By.PARTIAL_LINK_TEXT, "Lineage").click()
    see(browser, "landing", "policy", "staging", "focus", "ownership", "allocation", "marts", "audit", "publication")
    assert keep(browser, "dagster-lineage").stat().st_size > 20_000


def test_the_publication_shows_what_it_waits_for(page: str, browser: webdriver.Chrome):
    browser.get(f"{page}/assets/publication?view=lineage")
    see(browser, "publication", "audit_invoices", "fct_chargeback")
    assert keep(browser, "dagster-publication").stat().st_size > 20_000


def test_the_gates_expectations_are_checks(page: str, browser: webdriver.Chrome):
    browser.get(f"{page}/assets/audit/audit_invoices?view=checks")
    see(browser, "gate_invoices_tie", "gate_invoices_exist")
    keep(browser, "dagster-checks")


def test_schedule_and_sensor_are_listed(page: str, browser: webdriver.Chrome):
    browser.get(f"{page}/automation")
    see(browser, "open_periods_daily", "new_deliveries")
    keep(browser, "dagster-automation")
