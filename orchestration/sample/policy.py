"""The policy folder: what an estate's owners decided, in the layout of the project's own policy seeds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from orchestration.sample.accounts import AWS, AZURE, GCP, Accounts
from orchestration.sample.ai import policy as ai
from orchestration.sample.ai.bills import GATEWAY
from orchestration.sample.company import OPEN_END, Company, validity
from orchestration.sample.deliveries import write_rows
from orchestration.sample.kubernetes import gpus
from orchestration.sample.kubernetes import policy as kubernetes
from orchestration.sample.placement import ENVIRONMENT_VALUES, RETIRED_TO, RETIRED_VALUE, Evidence
from orchestration.sample.platform import Platform
from orchestration.sample.pools import Driver, Pool

_OWNER = "finops@halden.example"
_APPROVER = "cfo@halden.example"
# dollars per unit, month by month
_RATES = {
    "CNY": ("0.1392", "0.1388", "0.1401", "0.1397", "0.1385", "0.1390"),
    "EUR": ("1.0831", "1.0874", "1.0812", "1.0795", "1.0850", "1.0903"),
    "GBP": ("1.2714", "1.2755", "1.2689", "1.2701", "1.2763", "1.2820"),
    "NOK": ("0.0934", "0.0941", "0.0929", "0.0931", "0.0938", "0.0946"),
    "SEK": ("0.0952", "0.0957", "0.0949", "0.0951", "0.0955", "0.0961"),
}

RULE_COLUMNS = [
    "rule_id", "rule_version", "precedence", "kind", "source_id", "service_provider", "billing_account_id",
    "sub_account_id", "service_name", "service_category", "region_id", "charge_category", "resource_id",
    "kubernetes_role", "name_regex", "tag_keys", "tag_value", "domain_id", "pool_id", "rationale", "owner",
    "approved_by", "valid_from", "valid_to",
]  # fmt: skip


def write_policy(
    folder: Path,
    company: Company,
    accounts: Accounts,
    evidence: Evidence,
    pools: list[Pool],
    drivers: Sequence[Driver],
    platform: Platform,
) -> None:
    """Write every policy file."""
    since = company.since
    write_rows(
        folder / "cost_domains.csv",
        ["domain_id", "business_unit", "cost_centre", "product", "environment", "owner", "approver", "gl_account",
         "legal_entity", "chargeback_mode", "valid_from", "valid_to"],
        [
            [domain.domain_id, domain.business_unit, domain.cost_centre, domain.product, domain.environment,
             domain.owner, domain.approver, domain.gl_account, domain.legal_entity, domain.chargeback_mode,
             domain.valid_from.isoformat(), domain.valid_to.isoformat()]
            for domain in company.domains
        ],
    )  # fmt: skip
    _tags(folder, company, since)
    _accounts(folder, accounts, since)
    cmdb = []
    for number, (resource_id, name, ownership) in enumerate(evidence.cmdb, start=1):
        for start, until, outcome in validity(ownership, since):
            cmdb.append([f"CI{number:06d}", resource_id, name, outcome.domain_id or "", *_dates(start, until)])
    write_rows(
        folder / "cmdb_resources.csv",
        ["ci_id", "resource_id", "resource_name", "domain_id", "valid_from", "valid_to"],
        cmdb,
    )
    write_rows(folder / "ownership_rules.csv", RULE_COLUMNS, _rules(company, accounts, evidence, platform))
    _pools(folder, company, pools, drivers, since)
    kubernetes.write_policy(folder, company, platform.fleet, _OWNER, _APPROVER)
    gpus.write_policy(folder, company, _OWNER, _APPROVER)
    ai.write_policy(folder, company, platform.use.callers, _OWNER, _APPROVER)
    write_rows(
        folder / "fx_rates.csv",
        ["billing_period", "from_currency", "to_currency", "rate"],
        [
            [month.key, currency, "USD", rate]
            for index, month in enumerate(company.calendar.months)
            for currency, rate in fx_rates(index).items()
        ],
    )
    _thresholds(folder, since)
    _change_control(folder)


def fx_rates(month_index: int) -> dict[str, str]:
    """Dollars per unit of each currency in the estate's n-th month."""
    return {currency: rates[month_index % len(rates)] for currency, rates in _RATES.items()}


def _dates(start: date, until: date) -> list[str]:
    return [start.isoformat(), until.isoformat()]


def _tags(folder: Path, company: Company, since: date) -> None:
    always = _dates(since, OPEN_END)
    aliases = {
        "cost_centre": ("cost_centre", "costcenter", "cc", "costctr"),
        "product": ("product", "app", "application"),
        "environment": ("environment", "env", "stage"),
        "owner": ("owner", "contact"),
        "cluster": ("cluster", "eks:cluster-name"),
    }
    write_rows(
        folder / "tag_keys.csv",
        ["tag_key", "alias", "valid_from", "valid_to"],
        [[key, alias, *always] for key, names in aliases.items() for alias in names],
    )
    values = []
    for centre in company.cost_centres:
        number = re.sub(r"\D", "", centre)
        values += [["cost_centre", alias, centre, *always] for alias in (f"CC{number}", number)]
    values.append(["cost_centre", RETIRED_VALUE, RETIRED_TO, *_dates(since, company.calendar.change)])
    for environment, names in ENVIRONMENT_VALUES.items():
        different = dict.fromkeys(name.lower() for name in names if name.lower() != environment)
        values += [["environment", alias, environment, *always] for alias in different]
    write_rows(folder / "tag_values.csv", ["tag_key", "alias", "tag_value", "valid_from", "valid_to"], values)
    write_rows(
        folder / "tag_policy.csv",
        ["tag_key", "required", "allowed_values_from", "valid_from", "valid_to"],
        [
            ["cost_centre", "true", "cost_centre", *always],
            ["product", "true", "product", *always],
            ["environment", "true", "environment", *always],
            ["owner", "false", "", *always],
        ],
    )


def _accounts(folder: Path, accounts: Accounts, since: date) -> None:
    rows = [[unit, parent, name, domain, *_dates(since, OPEN_END)] for unit, parent, name, domain in accounts.units]
    for account in accounts.all:
        columns = [account.account_id, account.parent, account.name]
        if account.role == "dedicated" and account.domain_id and account.ownership:
            for start, until, outcome in validity(account.ownership, since):
                rows.append([*columns, outcome.domain_id or "", *_dates(start, until)])
        else:
            rows.append([*columns, "", *_dates(since, OPEN_END)])
    write_rows(
        folder / "accounts.csv",
        ["account_id", "parent_account_id", "account_name", "domain_id", "valid_from", "valid_to"],
        rows,
    )


def _rules(company: Company, accounts: Accounts, evidence: Evidence, platform: Platform) -> list[list[str]]:
    since = company.since
    rows: list[list[str]] = []

    def add(
        rule_id: str,
        precedence: int,
        kind: str,
        rationale: str,
        start: date,
        until: date,
        version: int,
        match: dict[str, str],
    ) -> None:
        cells = {
            "rule_id": rule_id, "rule_version": str(version), "precedence": str(precedence), "kind": kind,
            "rationale": rationale, "owner": _OWNER, "approved_by": _APPROVER, "valid_from": start.isoformat(),
            "valid_to": until.isoformat(), **match,
        }  # fmt: skip
        rows.append([cells.get(column, "") for column in RULE_COLUMNS])

    def rule(
        rule_id: str,
        precedence: int,
        kind: str,
        rationale: str,
        *,
        version: int = 1,
        start: date = since,
        until: date = OPEN_END,
        **match: str,
    ) -> None:
        add(rule_id, precedence, kind, rationale, start, until, version, match)

    for number, (resource_id, domain_id, _, start, until) in enumerate(evidence.overrides, start=1):
        rule(
            f"override-{number:03d}", 10, "override", "Lent to the platform team while it migrates the workload.",
            start=start, until=until, resource_id=resource_id, domain_id=domain_id,
        )  # fmt: skip
    vault = accounts.one(AWS, "ring-fenced")
    if vault.ownership is None:
        raise AssertionError("the ring-fenced account must be owned")
    rule(
        "ring-fence-pci", 20, "ring_fence", "Card data lives alone: everything in the account is the vault's.",
        sub_account_id=vault.account_id, domain_id=vault.ownership[0][1].domain_id or "",
    )  # fmt: skip
    for number, (rule_id, rationale, match) in enumerate(kubernetes.rules(platform.fleet), start=21):
        add(rule_id, number, "ring_fence", rationale, since, OPEN_END, 1, match)
    rule("tag-product", 30, "tag", "Product and environment name a leaf.", tag_keys="product+environment")
    rule("tag-cost-centre", 40, "tag", "A cost centre alone names its general leaf.", tag_keys="cost_centre")
    rule("cmdb", 50, "cmdb", "The CMDB knows who ordered it.")
    rule("account", 60, "account", "An account, or the unit above it, belongs to somebody.")
    change = company.calendar.change
    rule(
        "naming", 70, "naming", "Names are <product>-<environment>-<anything>.", until=change,
        name_regex="^([a-z0-9]+)-(prod|staging|dev)-.+$",
    )  # fmt: skip
    rule(
        "naming", 70, "naming", "As before; the rest of the name may not be empty words.", version=2, start=change,
        name_regex="^([a-z0-9]+)-(prod|staging|dev)-[a-z0-9].*$",
    )  # fmt: skip
    rule(
        "nat",
        71,
        "naming",
        "NAT gateways serve the whole network.",
        name_regex="^nat-[0-9a-f]+$",
        pool_id="nat-gateway",
    )
    rule("taxes", 80, "default", "Taxes nobody else claims.", charge_category="Tax", pool_id="taxes")
    rule("credits", 81, "default", "Credits nobody else claims.", charge_category="Credit", pool_id="credits")
    rule("adjustments", 82, "default", "Rounding lines.", charge_category="Adjustment", pool_id="adjustments")
    shared = (
        (AWS, "management", "enterprise-support"),
        (AWS, "commitments", "commitments"),
        (AWS, "dns", "dns"),
        (AWS, "monitoring", "monitoring"),
        (AWS, "security", "security-tooling"),
        (AWS, "cicd", "ci-runners"),
        (AWS, "edge", "edge-cdn"),
        (AZURE, "backup", "azure-backup"),
        (AZURE, "commitments", "azure-commitments"),
        (GCP, "data-platform", "data-platform"),
        (AWS, "models", GATEWAY),
        (AZURE, "models", GATEWAY),
        (GCP, "models", GATEWAY),
    )
    for number, (provider, role, pool_id) in enumerate(shared):
        account = accounts.one(provider, role)
        rule_id = f"shared-{pool_id}-{provider}" if role == "models" else f"shared-{pool_id}"
        rule(
            rule_id, 90 + number, "default", f"The {role} account serves everybody.",
            source_id=f"{provider}-main", sub_account_id=account.account_id, pool_id=pool_id,
        )  # fmt: skip
    rule(
        "kubernetes-unmetered", 90 + len(shared), "default", "What no meter tells apart is the platform team's.",
        source_id="azure-main", sub_account_id=accounts.one(AZURE, "kubernetes").account_id,
        domain_id=company.domain("CC-6010", "devportal", "prod"),
    )  # fmt: skip
    last = {"naming": 71, "default": 109}
    for rule_id, kind, rationale, match in evidence.rules:
        last[kind] += 1
        add(rule_id, last[kind], kind, rationale, since, OPEN_END, 1, match)
    return rows


def _pools(folder: Path, company: Company, pools: list[Pool], drivers: Sequence[Driver], since: date) -> None:
    review = company.calendar.months[-1].next.first.replace(day=1).isoformat()
    write_rows(
        folder / "pools.csv",
        ["pool_id", "pool_version", "pool_name", "method", "driver_id", "driver_window", "scope_by",
         "fallback_domain_id", "method_id", "rationale", "owner", "approved_by", "review_by", "review_months",
         "valid_from", "valid_to"],
        [
            [pool.pool_id, str(pool.version), pool.name, pool.method, pool.driver_id, pool.window, pool.scope_by,
             pool.fallback, pool.method_id, pool.rationale, _OWNER, _APPROVER, review, "12",
             *_dates(max(pool.valid_from, since), pool.valid_to)]
            for pool in pools
        ],
    )  # fmt: skip
    in_force: dict[str, tuple[date, date]] = {}
    for domain in company.domains:
        begins, ends = in_force.get(domain.domain_id, (date.max, date.min))
        in_force[domain.domain_id] = (min(begins, domain.valid_from), max(ends, domain.valid_to))
    targets = []
    for pool in pools:
        start, until = max(pool.valid_from, since), pool.valid_to
        for domain_id, share in pool.targets:
            begins, ends = in_force[domain_id]
            targets.append([pool.pool_id, domain_id, "", "", share, *_dates(max(begins, start), min(ends, until))])
        targets += [[pool.pool_id, "", fed, "", "", *_dates(start, until)] for fed in pool.feeds]
        targets += [[pool.pool_id, "", other, "true", "", *_dates(start, until)] for other in pool.leaves_out]
    write_rows(
        folder / "pool_targets.csv",
        ["pool_id", "domain_id", "target_pool_id", "excluded", "share", "valid_from", "valid_to"],
        targets,
    )
    write_rows(
        folder / "pool_fallbacks.csv",
        ["pool_id", "attempt", "method", "driver_id", "driver_window", "rationale", "approved_by", "valid_from",
         "valid_to"],
        [
            [pool.pool_id, str(number), method, driver_id, window, rationale, _APPROVER, *_dates(since, OPEN_END)]
            for pool in pools
            for number, (method, driver_id, window, rationale) in enumerate(pool.attempts, start=1)
        ],
    )  # fmt: skip
    write_rows(
        folder / "pool_resolution.csv",
        ["resolution", "rationale", "owner", "approved_by", "valid_from", "valid_to"],
        [["reciprocal", "What serves everybody serves its peers, too: no order favours anybody.", _OWNER, _APPROVER,
          *_dates(since, OPEN_END)]],
    )  # fmt: skip
    write_rows(
        folder / "drivers.csv",
        ["driver_id", "kind", "unit", "description", "source_id", "service_name", "service_category",
         "charge_category", "valid_from", "valid_to"],
        [
            [driver.driver_id, driver.kind, driver.unit, driver.description, driver.source_id, driver.service_name, "",
             driver.charge_category, *_dates(since, OPEN_END)]
            for driver in drivers
        ],
    )  # fmt: skip


def _thresholds(folder: Path, since: date) -> None:
    rows = [
        ("invoice_tolerance_subunits", "", "100", "critical", "FOCUS 1.4: a hundred cents, or more for many rows"),
        ("unallocated_share_max", "", "0.1", "critical", "More than a tenth without an owner is not publishable"),
        ("aai_floor", "showback", "0.6", "warning", "Below, showback is informational only"),
        ("aai_floor", "chargeback", "0.6", "critical", "Below, chargeback would be guesswork"),
        ("aai_includes_tax", "", "0", "warning", "Taxes follow spend by law, not by attribution"),
        ("aai_includes_credits", "", "0", "warning", "Credits are not infrastructure"),
        ("tag_compliance_min", "", "0.5", "warning", "Half of the spend must carry the required tags"),
    ]
    write_rows(
        folder / "thresholds.csv",
        ["threshold_id", "chargeback_mode", "value", "severity", "rationale", "valid_from", "valid_to"],
        [[*row, *_dates(since, OPEN_END)] for row in rows],
    )


def _change_control(folder: Path) -> None:
    files = (
        "ownership_rules", "pools", "pool_targets", "pool_fallbacks", "pool_resolution", "drivers", "cost_domains",
        "thresholds", "change_control", "kubernetes_clusters", "kubernetes_namespaces",
        "ai_models", "ai_token_prices", "ai_consumers", "ai_capacity", "ai_budgets", "ai_limits", "gpu_idle",
    )  # fmt: skip
    write_rows(
        folder / "change_control.csv",
        ["policy_file", "required", "approvers", "rationale"],
        [[file, "true", "", "It decides who pays, or what may be published"] for file in files],
    )
    write_rows(
        folder / "change_approvals.csv", ["change_id", "policy_file", "approved_by", "approved_on", "reference"], []
    )
