"""The code version changes with what figures come from, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.versions import code_version


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("models/a.sql", "seeds/reference/b.csv", "seeds/policy/c.csv", "orchestration/cli/d.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("one")
    (tmp_path / "dbt_project.yml").write_text("name: tieout")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("models/a.sql", True),
        ("seeds/reference/b.csv", True),
        ("dbt_project.yml", True),
        ("seeds/policy/c.csv", False),
        ("orchestration/cli/d.py", False),
    ],
)
def test_what_changes_the_version(project: Path, name: str, changes: bool):
    code_version.cache_clear()
    before = code_version(project)
    (project / name).write_text("two")
    code_version.cache_clear()
    assert (code_version(project) != before) is changes


def test_a_renamed_model_is_another_version(project: Path):
    code_version.cache_clear()
    before = code_version(project)
    (project / "models/a.sql").rename(project / "models/b.sql")
    code_version.cache_clear()
    assert code_version(project) != before
