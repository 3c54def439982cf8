"""One module per audited or published table, all of one shape: ``SUITE``, over a frame of control totals."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from expectations.suite import Suite


@cache
def suites() -> tuple[Suite, ...]:
    """Return the suite of every module in this folder, by module name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}").SUITE for name in names)
