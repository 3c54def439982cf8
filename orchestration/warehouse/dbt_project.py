"""The dbt project as the runner sees it: its environment, and a manifest that is as new as its files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestration.errors import ConfigurationError
from orchestration.home import Home
from orchestration.versions import PROJECT, code_version


def dbt_environment(home: Home) -> dict[str, str]:
    """Return the variables dbt runs with: its home, its folders there, and no telemetry."""
    search_path = os.environ.get("PYTHONPATH")
    return {
        "TIEOUT_HOME": str(home.root),
        "DBT_TARGET_PATH": str(home.dbt / "target"),
        "DBT_LOG_PATH": str(home.dbt / "logs"),
        "DBT_LOG_LEVEL_FILE": "info",  # what ran and what failed; the SQL is in target/compiled and target/run
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": f"{PROJECT}{os.pathsep}{search_path}" if search_path else str(PROJECT),
    }


@contextmanager
def dbt_variables(home: Home) -> Iterator[None]:
    """Set the variables of ``dbt_environment`` in this process, for a library that starts dbt from it."""
    before = dict(os.environ)
    os.environ.update(dbt_environment(home))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def dbt_executable() -> Path:
    """Return the dbt command of this Python environment."""
    return Path(sys.executable).parent / "dbt"


def run_dbt(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a dbt command in a process of its own, quietly; return how it ended, and what it printed."""
    return subprocess.run(  # noqa: S603 - our own interpreter's dbt
        [str(dbt_executable()), "--quiet", *arguments],
        env={**os.environ, **dbt_environment(home)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def dbt_manifest(home: Home) -> dict[str, Any]:
    """Return dbt's manifest, parsing the project first if any of its files changed since.

    Raises:
        ConfigurationError: dbt cannot parse the project; the message is dbt's.
    """
    path = home.dbt / "target" / "manifest.json"
    stamp = home.dbt / "parsed_version"
    version = project_version()
    if not path.exists() or not stamp.exists() or stamp.read_text(encoding="utf-8") != version:
        _parse(home)
        stamp.write_text(version, encoding="utf-8")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def project_version() -> str:
    """Return an identity of everything dbt parses: code, tests, and the modification of seeds and profiles."""
    others = [PROJECT / "profiles.yml", *sorted((PROJECT / "tests" / "assertions").rglob("*"))]
    others += sorted((PROJECT / "seeds").rglob("*.yml"))
    return code_version() + "".join(f"\n{path} {path.stat().st_mtime_ns}" for path in others)


def _parse(home: Home) -> None:
    (home.dbt / "logs").mkdir(parents=True, exist_ok=True)
    home.warehouse.mkdir(parents=True, exist_ok=True)
    finished = run_dbt(home, "parse")
    if finished.returncode:
        raise ConfigurationError(
            str(PROJECT / "dbt_project.yml"),
            found=f"a project that dbt cannot parse: {(finished.stdout + finished.stderr).strip()}",
            expected="models, macros and YAML that parse",
            cure="Correct the file that dbt names.",
        )
