"""``python -m orchestration.cli`` is ``tieout``."""

from orchestration.cli import app

app()
