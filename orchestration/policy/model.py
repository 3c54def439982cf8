"""A policy as its files state it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

from orchestration.policy.cells import same
from orchestration.policy.findings import PolicyFinding
from orchestration.policy.tables import (
    Account,
    AiBudget,
    AiCapacity,
    AiConsumer,
    AiGateway,
    AiLimit,
    AiModel,
    AiTokenPrice,
    ChangeApproval,
    ChangeControl,
    CmdbResource,
    CostDomain,
    Driver,
    FxRate,
    GpuIdle,
    KubernetesCluster,
    KubernetesNamespace,
    OwnershipRule,
    Pool,
    PoolFallback,
    PoolResolution,
    PoolTarget,
    Row,
    TagKey,
    TagPolicy,
    TagValue,
    Threshold,
)

PROJECT_SEEDS = Path(__file__).resolve().parents[2] / "seeds"
"""The dbt project's own seeds: ``policy/`` applies where an estate names no policy of its own."""


@dataclass(frozen=True)
class Policy:
    """A policy as its files state it.

    Attributes:
        folder: where it was read.
        rows: per table, the rows whose cells are all valid.
        cells: per table, every row's cells by column: stripped text, None where blank.
        damaged: per table, the values of its first key column in rows that could not be read; a reference to one
            of them is not reported a second time. None: the whole file could not be read.

    """

    folder: Path
    rows: dict[str, list[Row]]
    cells: dict[str, list[dict[str, str | None]]]
    damaged: dict[str, set[str] | None] = field(default_factory=dict)

    def file(self, table: str) -> str:
        """Return the path of a table's file, for findings."""
        return str(self.folder / f"{table}.csv")

    def finding(self, table: str, row: Row, column: str = "", *, found: str, expected: str, cure: str) -> PolicyFinding:
        """Return a finding about a row, or about one of its cells."""
        return PolicyFinding(self.file(table), row.line, column, found=found, expected=expected, cure=cure)

    def is_damaged(self, table: str, name: str) -> bool:
        """Tell whether ``name`` may stand in a row of ``table`` that could not be read."""
        names = self.damaged.get(table, set())
        return names is None or same(name) in names

    @cached_property
    def revision(self) -> str:
        """sha256 of what the files say; the order of rows, quoting and blank lines do not count."""
        content = {table: sorted(json.dumps(row, sort_keys=True) for row in rows) for table, rows in self.cells.items()}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def months_back(self) -> int:
        """How many months before a period its drivers look at: 0 unless a window reaches back."""
        asked = [pool.driver_window for pool in self.pools if pool.driver_id]
        for fallback in self.pool_fallbacks:
            if fallback.driver_id and fallback.driver_window:
                asked.append(fallback.driver_window)
            elif fallback.driver_id:  # it measures over its pool's window, whether or not the pool measures anything
                pools = [pool for pool in self.pools if same(pool.pool_id) == same(fallback.pool_id)]
                asked += [pool.driver_window for pool in pools]
        return max(map(_months_back, asked), default=0)

    @property
    def cost_domains(self) -> list[CostDomain]:
        """Rows of ``cost_domains.csv``."""
        return cast(list[CostDomain], self.rows["cost_domains"])

    @property
    def tag_keys(self) -> list[TagKey]:
        """Rows of ``tag_keys.csv``."""
        return cast(list[TagKey], self.rows["tag_keys"])

    @property
    def tag_values(self) -> list[TagValue]:
        """Rows of ``tag_values.csv``."""
        return cast(list[TagValue], self.rows["tag_values"])

    @property
    def tag_policy(self) -> list[TagPolicy]:
        """Rows of ``tag_policy.csv``."""
        return cast(list[TagPolicy], self.rows["tag_policy"])

    @property
    def accounts(self) -> list[Account]:
        """Rows of ``accounts.csv``."""
        return cast(list[Account], self.rows["accounts"])

    @property
    def cmdb_resources(self) -> list[CmdbResource]:
        """Rows of ``cmdb_resources.csv``."""
        return cast(list[CmdbResource], self.rows["cmdb_resources"])

    @property
    def ownership_rules(self) -> list[OwnershipRule]:
        """Rows of ``ownership_rules.csv``."""
        return cast(list[OwnershipRule], self.rows["ownership_rules"])

    @property
    def pools(self) -> list[Pool]:
        """Rows of ``pools.csv``."""
        return cast(list[Pool], self.rows["pools"])

    @property
    def pool_targets(self) -> list[PoolTarget]:
        """Rows of ``pool_targets.csv``."""
        return cast(list[PoolTarget], self.rows["pool_targets"])

    @property
    def pool_fallbacks(self) -> list[PoolFallback]:
        """Rows of ``pool_fallbacks.csv``."""
        return cast(list[PoolFallback], self.rows["pool_fallbacks"])

    @property
    def pool_resolution(self) -> list[PoolResolution]:
        """Rows of ``pool_resolution.csv``."""
        return cast(list[PoolResolution], self.rows["pool_resolution"])

    @property
    def drivers(self) -> list[Driver]:
        """Rows of ``drivers.csv``."""
        return cast(list[Driver], self.rows["drivers"])

    @property
    def kubernetes_clusters(self) -> list[KubernetesCluster]:
        """Rows of ``kubernetes_clusters.csv``."""
        return cast(list[KubernetesCluster], self.rows["kubernetes_clusters"])

    @property
    def kubernetes_namespaces(self) -> list[KubernetesNamespace]:
        """Rows of ``kubernetes_namespaces.csv``."""
        return cast(list[KubernetesNamespace], self.rows["kubernetes_namespaces"])

    @property
    def ai_gateway(self) -> list[AiGateway]:
        """Rows of ``ai_gateway.csv``."""
        return cast(list[AiGateway], self.rows["ai_gateway"])

    @property
    def ai_budgets(self) -> list[AiBudget]:
        """Rows of ``ai_budgets.csv``."""
        return cast(list[AiBudget], self.rows["ai_budgets"])

    @property
    def ai_limits(self) -> list[AiLimit]:
        """Rows of ``ai_limits.csv``."""
        return cast(list[AiLimit], self.rows["ai_limits"])

    @property
    def gpu_idle(self) -> list[GpuIdle]:
        """Rows of ``gpu_idle.csv``."""
        return cast(list[GpuIdle], self.rows["gpu_idle"])

    @property
    def ai_models(self) -> list[AiModel]:
        """Rows of ``ai_models.csv``."""
        return cast(list[AiModel], self.rows["ai_models"])

    @property
    def ai_token_prices(self) -> list[AiTokenPrice]:
        """Rows of ``ai_token_prices.csv``."""
        return cast(list[AiTokenPrice], self.rows["ai_token_prices"])

    @property
    def ai_consumers(self) -> list[AiConsumer]:
        """Rows of ``ai_consumers.csv``."""
        return cast(list[AiConsumer], self.rows["ai_consumers"])

    @property
    def ai_capacity(self) -> list[AiCapacity]:
        """Rows of ``ai_capacity.csv``."""
        return cast(list[AiCapacity], self.rows["ai_capacity"])

    @property
    def fx_rates(self) -> list[FxRate]:
        """Rows of ``fx_rates.csv``."""
        return cast(list[FxRate], self.rows["fx_rates"])

    @property
    def thresholds(self) -> list[Threshold]:
        """Rows of ``thresholds.csv``."""
        return cast(list[Threshold], self.rows["thresholds"])

    @property
    def change_control(self) -> list[ChangeControl]:
        """Rows of ``change_control.csv``."""
        return cast(list[ChangeControl], self.rows["change_control"])

    @property
    def change_approvals(self) -> list[ChangeApproval]:
        """Rows of ``change_approvals.csv``."""
        return cast(list[ChangeApproval], self.rows["change_approvals"])


def _months_back(window: str | None) -> int:
    """Return how many months a window reaches back: n days begin at most (n + 27) // 28 months before the last."""
    if window == "previous_month":
        return 1
    if window is not None and window.startswith("trailing_"):
        return (int(window.split("_")[1]) + 27) // 28
    return 0
