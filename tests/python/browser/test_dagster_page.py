"""The Dagster page in a real browser: the lineage from deliveries to publication is there to be seen.

Needs Chromium and its driver (Debian: chromium, chromium-driver). The pictures stay in `artifacts/`.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from orchestration.versions import PROJECT
from tests.python.servers import SECONDS

from .conftest import keep

SECONDS_TO_START = 300
MOST_STARTS = 3


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
    process, address = started(folder)
    try:
        yield address
    finally:
        stop(process)


def started(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start the page, and return it once it answers; another port is tried when somebody else has taken the first."""
    for _ in range(MOST_STARTS):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "orchestration.cli", "dev", "--estate", str(folder / "estate.yml")]
        with (folder / "dev.log").open("w") as log:
            process = subprocess.Popen(
                [*command, "--home", str(folder / "home"), "--port", str(port)],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(PROJECT)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if answers(f"http://127.0.0.1:{port}/server_info", process):
            return process, f"http://127.0.0.1:{port}"
        stop(process)
        text = (folder / "dev.log").read_text(errors="replace")
        if "already in use" not in text:
            break
    raise AssertionError(f"the page did not answer:\n{text[-6000:]}")


def answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the page answers, or has ended."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own server on loopback
                return True
        except (OSError, http.client.HTTPException):
            time.sleep(0.5)
    return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the page and everything it started."""
    for number, seconds in ((signal.SIGTERM, 15), (signal.SIGKILL, SECONDS)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)


def see(browser: webdriver.Chrome, *texts: str, seconds: float = 2 * SECONDS) -> None:
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
