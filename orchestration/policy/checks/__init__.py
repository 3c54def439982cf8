"""One rule over the policy per module: each has ``check(policy)``, which yields what is wrong.

Checks see the rows whose cells are valid. A rule is added by adding a module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules

from orchestration.policy.findings import PolicyFinding
from orchestration.policy.model import Policy

Check = Callable[[Policy], Iterator[PolicyFinding]]

CHECKS: dict[str, Check] = {
    module.name: import_module(f"{__name__}.{module.name}").check for module in iter_modules(__path__)
}
"""Name of the rule to its check."""
