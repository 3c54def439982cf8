"""The official validator in an environment of its own: installing it, running it on a file, reading what it says."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

REQUIREMENTS = ("focus-validator==2.2.1", "pyarrow<22")
APPLICABILITY = Path(__file__).parent / "applicability.csv"
COMPOSITE = "Composite"

# The package asks for Python 3.12, and this line is all that 3.11 cannot read: quotes inside an f-string's braces.
_FILE_FOR_3_12 = "config_objects/focus_to_duckdb_converter.py"
_LINE_FOR_3_12 = """", ".join(f"'{k.replace('\\"', '\\"\\"')}'" for k in ignore_keys)"""
_LINE_FOR_3_11 = """", ".join("'" + k.replace('"', '""') + "'" for k in ignore_keys)"""


@dataclass(frozen=True)
class Judgement:
    """What the validator says of one file.

    Attributes:
        checked: rules it looked at, skipped ones not counted.
        leaves: failed rules that are not composed of others.
        composites: failed rules that only repeat the failures of others.
    """

    checked: int
    leaves: frozenset[str]
    composites: frozenset[str]


class Validator:
    """An installed validator.

    Args:
        folder: where its environment and its working folder are; both are made when missing.
    """

    def __init__(self, folder: Path) -> None:
        self.environment = folder / "validator-environment"
        self.work = folder / "validator-work"
        if not (self.environment / ".ready").exists():
            self._install()

    def judge(self, file: Path, report: Path, without: frozenset[str] = frozenset()) -> Judgement:
        """Run it on a typed Parquet file of FOCUS 1.2 Cost and Usage.

        Args:
            file: the file.
            report: receives the JUnit output.
            without: applicability criteria that do not hold for who made the file; all others do.
        """
        criteria = self.criteria()
        assert without <= criteria, f"{sorted(without - criteria)}: the validator has no such criterion"
        report.unlink(missing_ok=True)
        command = [
            str(self.environment / "bin" / "focus-validator"),
            *("--data-file", str(file.absolute())),
            *("--validate-version", "1.2"),
            *("--focus-dataset", "CostAndUsage"),
            *("--applicability-criteria", ",".join(sorted(criteria - without))),
            *("--output-type", "unittest"),
            *("--output-destination", str(report.absolute())),
            "--block-download",
        ]
        finished = subprocess.run(command, cwd=self.work, capture_output=True, text=True, check=False)
        # its exit code is 0 whatever it finds; without a report it did not get that far
        assert report.exists(), f"{' '.join(command)}\n{finished.stdout[-2000:]}\n{finished.stderr[-4000:]}"
        return read_report(report)

    def criteria(self) -> frozenset[str]:
        """Return the applicability criteria of the rule model: what a provider may support or not."""
        (model,) = self.environment.glob("lib/python3.*/site-packages/focus_validator/rules/model-1.2*.json")
        return frozenset(json.loads(model.read_text(encoding="utf-8"))["ApplicabilityCriteria"])

    def _install(self) -> None:
        python = _python()
        shutil.rmtree(self.environment, ignore_errors=True)
        _run([python, "-m", "venv", str(self.environment)])
        pip = [str(self.environment / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
        _run([*pip, "--quiet", "--ignore-requires-python", *REQUIREMENTS])
        package = next(self.environment.glob("lib/python3.*/site-packages/focus_validator"))
        if package.parent.parent.name == "python3.11":
            _patch(package / _FILE_FOR_3_12)
        # it opens its list of currencies relative to where it runs, and leaves a log there
        self.work.mkdir(parents=True, exist_ok=True)
        link = self.work / "focus_validator"
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(package, self.work))
        (self.environment / ".ready").touch()


def unsupported(kind: str) -> frozenset[str]:
    """Return the criteria that do not hold for a kind of source, each with its reason in ``applicability.csv``."""
    with APPLICABILITY.open(encoding="utf-8", newline="") as file:
        return frozenset(row["criterion"] for row in csv.DictReader(file) if kind in row["kinds"].split())


def read_report(report: Path) -> Judgement:
    """Return the judgement in a JUnit report of the validator."""
    suites = ElementTree.parse(report).getroot()  # noqa: S314 - written by the command just run
    checked = 0
    failed: dict[bool, set[str]] = {True: set(), False: set()}
    for case in suites.iter("testcase"):
        rule, _, function = case.attrib["name"].partition(" :: ")
        checked += case.find("skipped") is None
        if case.find("failure") is not None or case.find("error") is not None:
            failed[function == COMPOSITE].add(rule)
    assert checked, f"{report}: the validator checked no rule"
    return Judgement(checked, leaves=frozenset(failed[False]), composites=frozenset(failed[True]))


def _python() -> str:
    """Return a Python that can run it: 3.12, else 3.11; its pinned numpy has no wheels for newer ones."""
    for name in ("python3.12", "python3.11", sys.executable):
        question = [name, "-c", "import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))"]
        if shutil.which(name) and subprocess.run(question, capture_output=True, check=False).returncode == 0:
            return name
    raise AssertionError("The validator needs Python 3.12 or 3.11: install one of them.")


def _patch(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert _LINE_FOR_3_12 in text, f"{file}: the line that Python 3.11 cannot read is not there any more"
    file.write_text(text.replace(_LINE_FOR_3_12, _LINE_FOR_3_11), encoding="utf-8")


def _run(command: list[str]) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, f"{' '.join(command)}\n{finished.stdout[-2000:]}\n{finished.stderr[-4000:]}"
