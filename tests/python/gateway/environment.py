"""The environment that LiteLLM's proxy runs in: made from its own lock file, beside the project's."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[3]
LOCK = Path(__file__).parent / "requirements.lock"
FOLDER = PROJECT / ".gateway"
SECONDS_TO_MAKE = 900


def gateway_environment(folder: Path = FOLDER) -> Path:
    """Return the folder with the environment's programs, after making the environment if the lock file asks for it.

    The lock file leaves out what the proxy runs without: a package under a commercial licence, and large ones.
    """
    revision = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    made = folder / ".made-from"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not made.exists() or made.read_text() != revision:
            shutil.rmtree(folder, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(folder)])
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            _run([*pip, "--no-compile", "--no-deps", "--require-hashes", "-r", str(LOCK)])
            made.write_text(revision)
    return folder / "bin"


def _run(command: list[str]) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS_TO_MAKE)
    assert finished.returncode == 0, f"{' '.join(command)}\n{finished.stdout[-2000:]}\n{finished.stderr[-4000:]}"


if __name__ == "__main__":
    print(gateway_environment())
