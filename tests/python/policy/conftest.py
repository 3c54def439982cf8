from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.errors import PolicyRefused
from orchestration.policy import load_policy
from orchestration.policy.findings import PolicyFinding

ALWAYS = "2026-01-01,9999-12-31"

DOMAINS = f"""\
domain_id,business_unit,cost_centre,product,environment,owner,chargeback_mode,valid_from,valid_to
shop,Retail,CC-1,shop,prod,ann,showback,{ALWAYS}
bank,Finance,CC-2,bank,prod,bob,chargeback,{ALWAYS}
"""

TAG_KEYS = f"""\
tag_key,alias,valid_from,valid_to
product,app,{ALWAYS}
environment,env,{ALWAYS}
"""

DRIVERS = f"""\
driver_id,kind,valid_from,valid_to
spend,spend,{ALWAYS}
"""

POOLS = (
    "pool_id,pool_version,pool_name,method,driver_id,driver_window,method_id,rationale,owner,approved_by,"
    f"valid_from,valid_to\nnat,1,NAT,proportional,spend,billing_month,NAT_BY_SPEND,shared,net,cfo,{ALWAYS}\n"
)

RULE_COLUMNS = (
    "rule_id,rule_version,precedence,kind,sub_account_id,name_regex,tag_keys,tag_value,domain_id,pool_id,"
    "rationale,owner,approved_by,valid_from,valid_to\n"
)

Write = Callable[..., Path]
Findings = Callable[[Path], list[PolicyFinding]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a policy that is valid but for the files given, as text by table name."""

    def write(name: str = "policy", **files: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        base = {"cost_domains": DOMAINS, "tag_keys": TAG_KEYS, "drivers": DRIVERS, "pools": POOLS}
        for table, text in {**base, **files}.items():
            (folder / f"{table}.csv").write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def findings() -> Findings:
    """Return what a policy is refused for."""

    def findings(folder: Path) -> list[PolicyFinding]:
        with pytest.raises(PolicyRefused) as refused:
            load_policy(folder)
        return [finding for finding in refused.value.findings if isinstance(finding, PolicyFinding)]

    return findings
