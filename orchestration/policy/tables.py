"""The policy files: one class per CSV file, its columns in order.

What a cell may hold is said here by its type; what rows must be to each other is said in ``checks/``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict

from orchestration.policy.cells import (
    OPEN_END,
    Approver,
    Attempt,
    Count,
    Day,
    Month,
    Number,
    OptionalDay,
    OptionalNumber,
    OptionalWhole,
    OptionalYesOrNo,
    Price,
    Rate,
    Share,
    Text,
    Weight,
    Whole,
    Window,
    YesOrNo,
    one_of,
    same,
)

DOMAIN_ATTRIBUTES = (
    "domain_id",
    "business_unit",
    "cost_centre",
    "product",
    "environment",
    "owner",
    "approver",
    "gl_account",
    "legal_entity",
)
"""Attributes of a domain that a tag can name."""

MATCH_COLUMNS = (
    "source_id",
    "service_provider",
    "billing_account_id",
    "sub_account_id",
    "service_name",
    "service_category",
    "region_id",
    "charge_category",
    "resource_id",
    "commitment_status",
    "capacity_status",
    "kubernetes_role",
)
"""Columns of a rule that are compared with the charge for equality; blank matches anything."""

USED_OR_UNUSED = one_of("Used", "Unused", blank=True)
KUBERNETES_ROLE = one_of("node", "control_plane", "volume", "load_balancer", "network", blank=True)
TOKEN_CLASSES = ("input", "cached", "cache_write", "output", "reasoning")
"""What tokens of a model are priced apart as."""
METHOD = one_of("proportional", "fixed_percentage", "equal_share", "direct", "hybrid")


class Row(BaseModel):
    """One row of a policy file.

    Attributes:
        key: columns that identify a thing; a thing has at most one row in force at a time.
        line: 1-based line of the row in its file.

    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: ClassVar[tuple[str, ...]]
    line: int

    @classmethod
    def columns(cls) -> list[str]:
        """Return the columns of the file, in order."""
        return [name for name in cls.model_fields if name != "line"]

    @classmethod
    def required_columns(cls) -> list[str]:
        """Return the columns a file must have; the others may be left out and count as blank."""
        return [name for name in cls.columns() if cls.model_fields[name].is_required()]

    @property
    def identity(self) -> tuple[str, ...]:
        """The key's values in the form in which they are compared."""
        values = (getattr(self, column) for column in self.key)
        return tuple(same(None if value is None else str(value)) for value in values)

    @property
    def validity(self) -> tuple[date, date]:
        """First day in force, and first day no longer in force; a file without dates is always in force."""
        return (getattr(self, "valid_from", date.min), getattr(self, "valid_to", OPEN_END))

    def in_force(self, day: date) -> bool:
        """Tell whether the row applies on a day."""
        return self.validity[0] <= day < self.validity[1]

    def overlaps(self, other: Row) -> bool:
        """Tell whether a day exists on which both rows are in force."""
        return self.validity[0] < other.validity[1] and other.validity[0] < self.validity[1]


class CostDomain(Row):
    """A leaf of the Finance tree."""

    key = ("domain_id",)
    domain_id: Text
    business_unit: Text
    cost_centre: Text
    product: Text
    environment: Text
    owner: Text
    approver: str | None = None
    gl_account: str | None = None
    legal_entity: str | None = None
    chargeback_mode: Annotated[str, one_of("showback", "chargeback")]
    valid_from: Day
    valid_to: Day


class TagKey(Row):
    """A spelling of a canonical tag key; that an alias means one key only is checked in its compared form."""

    key = ("tag_key", "alias")
    tag_key: Text
    alias: Text
    valid_from: Day
    valid_to: Day


class TagValue(Row):
    """A tag value that stands for another."""

    key = ("tag_key", "alias")
    tag_key: Text
    alias: Text
    tag_value: Text
    valid_from: Day
    valid_to: Day


class TagPolicy(Row):
    """What is demanded of a canonical tag."""

    key = ("tag_key",)
    tag_key: Text
    required: YesOrNo
    allowed_values_from: Annotated[str | None, one_of(*DOMAIN_ATTRIBUTES, blank=True)] = None
    valid_from: Day
    valid_to: Day


class Account(Row):
    """A node of the account hierarchy."""

    key = ("account_id",)
    account_id: Text
    parent_account_id: str | None = None
    account_name: str | None = None
    domain_id: str | None = None
    valid_from: Day
    valid_to: Day


class CmdbResource(Row):
    """A configuration item."""

    key = ("ci_id",)
    ci_id: Text
    resource_id: str | None = None
    resource_name: str | None = None
    domain_id: Text
    valid_from: Day
    valid_to: Day


class OwnershipRule(Row):
    """Who owns what matches."""

    key = ("rule_id",)
    rule_id: Text
    rule_version: Whole
    precedence: Whole
    kind: Annotated[str, one_of("override", "ring_fence", "tag", "cmdb", "account", "naming", "default")]
    source_id: str | None = None
    service_provider: str | None = None
    billing_account_id: str | None = None
    sub_account_id: str | None = None
    service_name: str | None = None
    service_category: str | None = None
    region_id: str | None = None
    charge_category: str | None = None
    resource_id: str | None = None
    commitment_status: Annotated[str | None, USED_OR_UNUSED] = None
    capacity_status: Annotated[str | None, USED_OR_UNUSED] = None
    kubernetes_role: Annotated[str | None, KUBERNETES_ROLE] = None
    name_regex: str | None = None
    tag_keys: str | None = None
    tag_value: str | None = None
    domain_id: str | None = None
    pool_id: str | None = None
    rationale: Text
    owner: Text
    approved_by: Approver
    valid_from: Day
    valid_to: Day

    @property
    def canonical_keys(self) -> list[str]:
        """The canonical tag keys the rule reads, in order."""
        return [key.strip() for key in (self.tag_keys or "").split("+") if key.strip()]


class Pool(Row):
    """Shared cost and how it is divided."""

    key = ("pool_id",)
    pool_id: Text
    pool_version: Whole
    pool_name: Text
    step: OptionalWhole = None
    method: Annotated[str, METHOD]
    driver_id: str | None = None
    driver_window: Window = None
    scope_by: Annotated[
        str | None,
        one_of(
            "region_id",
            "sub_account_id",
            "source_id",
            "commitment_discount_id",
            "environment",
            "cluster",
            "resource_id",
            "ai_model",
            blank=True,
        ),
    ] = None
    floor_share: Share = None
    cap_share: Share = None
    fallback_domain_id: str | None = None
    method_id: Text
    rationale: Text
    owner: Text
    approved_by: Approver
    review_by: OptionalDay = None
    review_months: OptionalWhole = None
    valid_from: Day
    valid_to: Day


class PoolTarget(Row):
    """What a pool may reach: a domain, every domain with some attributes, or a further pool."""

    key = (
        "pool_id",
        "scope",
        "domain_id",
        "target_pool_id",
        "business_unit",
        "cost_centre",
        "product",
        "environment",
    )
    pool_id: Text
    scope: str | None = None
    domain_id: str | None = None
    target_pool_id: str | None = None
    business_unit: str | None = None
    cost_centre: str | None = None
    product: str | None = None
    environment: str | None = None
    excluded: OptionalYesOrNo = False
    share: Share = None
    floor_share: Share = None
    cap_share: Share = None
    valid_from: Day
    valid_to: Day

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes of domains that the row fills in."""
        names = ("business_unit", "cost_centre", "product", "environment")
        return tuple(name for name in names if getattr(self, name) is not None)

    def names(self, domain: CostDomain) -> bool:
        """Tell whether the row is about a domain."""
        if self.target_pool_id is not None:
            return False
        columns = ("domain_id", *self.attributes)
        return all(same(getattr(self, name)) in ("", same(getattr(domain, name))) for name in columns)


class PoolFallback(Row):
    """What is tried when a pool's own method cannot divide it."""

    key = ("pool_id", "attempt")
    pool_id: Text
    attempt: Attempt
    method: Annotated[str, METHOD]
    driver_id: str | None = None
    driver_window: Window = None
    rationale: Text
    approved_by: Approver
    valid_from: Day
    valid_to: Day


class PoolResolution(Row):
    """How pools that feed pools are resolved; one way at a time."""

    key = ()
    resolution: Annotated[str, one_of("direct", "step_down", "reciprocal")]
    rationale: Text
    owner: Text
    approved_by: Approver
    valid_from: Day
    valid_to: Day


class Driver(Row):
    """What a proportional pool is divided by."""

    key = ("driver_id",)
    driver_id: Text
    kind: Annotated[str, one_of("spend", "quantity", "usage", "amount", "account")]
    unit: str | None = None
    description: str | None = None
    source_id: str | None = None
    service_name: str | None = None
    service_category: str | None = None
    charge_category: str | None = None
    commitment_status: Annotated[str | None, USED_OR_UNUSED] = None
    valid_from: Day
    valid_to: Day


class KubernetesCluster(Row):
    """How the cost of a cluster's nodes is divided among what runs on them."""

    key = ("cluster",)
    cluster: Text
    charge_base: Annotated[str, one_of("max", "request", "usage")]
    cpu_weight: Weight = None
    memory_weight: Weight = None
    gpu_weight: Weight = None
    idle_target: str | None = None
    volume_orphan_days: OptionalWhole = None
    owner: Text
    approved_by: Approver
    valid_from: Day
    valid_to: Day


class KubernetesNamespace(Row):
    """Who owns what runs in a namespace, unless its labels say so."""

    key = ("cluster", "namespace", "label_key", "label_value")
    cluster: str | None = None
    namespace: Text
    label_key: str | None = None
    label_value: str | None = None
    domain_id: str | None = None
    pool_id: str | None = None
    rationale: Text
    owner: Text
    approved_by: Approver
    valid_from: Day
    valid_to: Day


class AiGateway(Row):
    """How the AI gateway behaves; one way at a time."""

    key = ()
    when_state_unreadable: Annotated[str, one_of("open", "closed")]
    output_tokens: Count
    attachment_tokens: Whole
    hold_minutes: Count
    rationale: Text
    owner: Text
    approved_by: Approver
    valid_from: Day
    valid_to: Day


class AiBudget(Row):
    """What a team, product or workflow may use of AI models in a period."""

    key = ("budget_id",)
    budget_id: Text
    kind: Annotated[str, one_of("team", "product", "workflow")]
    value: Text
    unit: Annotated[str, one_of("tokens", "money")]
    currency: str | None = None
    amount: Number
    period: Annotated[str, one_of("day", "month")]
    at_cap: Annotated[str, one_of("refuse", "notify")]
    rationale: Text
    owner: Text
    approved_by: Approver
    valid_from: Day
    valid_to: Day


class AiLimit(Row):
    """When a consumer of AI models uses far more than it is used to, and what is done then."""

    key = ("limit_id",)
    limit_id: Text
    kind: Annotated[str, one_of("key", "team", "workflow", "use_case", "product", "cost_centre")]
    value: str | None = None
    unit: Annotated[str, one_of("tokens", "requests")]
    window_minutes: Count
    factor: Number
    baseline_days: Count
    minimum: Whole
    new_consumer_allowance: Whole
    action: Annotated[str, one_of("notify", "throttle", "suspend")]
    throttle_per_minute: OptionalWhole = None
    expires_after_minutes: Count
    rationale: Text
    owner: Text
    approved_by: Approver
    valid_from: Day
    valid_to: Day


class GpuIdle(Row):
    """Below what a GPU idles, for how long it may, and from which cost on somebody is told."""

    key = ("rule_id",)
    rule_id: Text
    precedence: Whole
    cluster: str | None = None
    resource_regex: str | None = None
    utilisation_below: Share
    requests_below: Weight = None
    minimum_hours: Whole
    alert_above: Weight = None
    rationale: Text
    owner: Text
    approved_by: Approver
    valid_from: Day
    valid_to: Day


class AiModel(Row):
    """A pattern that recognises the model, and what of it is metered, in a bill's words or a gateway's."""

    key = ("pattern_id",)
    pattern_id: Text
    precedence: Whole
    reads: Annotated[str, one_of("bill", "model")]
    service_provider: str | None = None
    name_pattern: Text
    provider: str | None = None
    model: Text
    token_class: Annotated[str | None, one_of(*TOKEN_CLASSES, "provisioned", blank=True)] = None
    is_batch: OptionalYesOrNo = False
    tokens_per_unit: OptionalNumber = None
    model_family: str | None = None
    model_class: str | None = None
    valid_from: Day
    valid_to: Day


class AiTokenPrice(Row):
    """What tokens of a model are worth to each other, as the provider lists them."""

    key = ("provider", "model", "token_class")
    provider: Text
    model: Text
    token_class: Annotated[str, one_of(*TOKEN_CLASSES)]
    price_per_million: Price
    batch_factor: OptionalNumber = None
    currency: Text
    source: Text
    approved_by: Approver
    valid_from: Day
    valid_to: Day


class AiConsumer(Row):
    """Who bears the use of a key, team, workflow, …, and who what no gateway saw."""

    key = ("kind", "value", "provider")
    kind: Annotated[str, one_of("key", "workflow", "use_case", "product", "team", "cost_centre", "not_seen_by_gateway")]
    value: str | None = None
    provider: str | None = None
    domain_id: str | None = None
    pool_id: str | None = None
    rationale: Text
    owner: Text
    approved_by: Approver
    valid_from: Day
    valid_to: Day


class AiCapacity(Row):
    """Provisioned throughput, who bears what of it is idle, and what is committed."""

    key = ("capacity_id",)
    capacity_id: Text
    provider: Text
    model: str | None = None
    units: OptionalNumber = None
    tokens_per_unit_hour: OptionalNumber = None
    cached_weight: OptionalNumber = None
    cache_write_weight: OptionalNumber = None
    output_weight: OptionalNumber = None
    idle_domain_id: str | None = None
    idle_pool_id: str | None = None
    committed_tokens: OptionalNumber = None
    committed_cost: OptionalNumber = None
    currency: str | None = None
    rationale: Text
    owner: Text
    approved_by: Approver
    valid_from: Day
    valid_to: Day


class FxRate(Row):
    """A frozen exchange rate of a month."""

    key = ("billing_period", "from_currency", "to_currency")
    billing_period: Month
    from_currency: Text
    to_currency: Text
    rate: Rate


class Threshold(Row):
    """A limit of the gate, or a switch of an indicator."""

    key = ("threshold_id", "chargeback_mode")
    threshold_id: Annotated[
        str,
        one_of(
            "invoice_tolerance_subunits",
            "unallocated_share_max",
            "aai_floor",
            "aai_includes_tax",
            "aai_includes_credits",
            "tag_compliance_min",
            "kubernetes_overrun_max",
            "kubernetes_utilisation_aim",
        ),
    ]
    chargeback_mode: Annotated[str | None, one_of("showback", "chargeback", blank=True)] = None
    value: Number
    severity: Annotated[str, one_of("critical", "warning")]
    rationale: str | None = None
    valid_from: Day
    valid_to: Day


class ChangeControl(Row):
    """Which policy files are changed with an approval only."""

    key = ("policy_file",)
    policy_file: Text
    required: YesOrNo
    approvers: str | None = None
    rationale: str | None = None

    @property
    def names(self) -> list[str]:
        """Who may approve; nobody named means that anybody may."""
        return [name.strip() for name in (self.approvers or "").split(";") if name.strip()]


class ChangeApproval(Row):
    """An approval of one change."""

    key = ("change_id",)
    change_id: Text
    policy_file: Text
    approved_by: Approver
    approved_on: Day
    reference: str | None = None


TABLES: dict[str, type[Row]] = {
    "cost_domains": CostDomain,
    "tag_keys": TagKey,
    "tag_values": TagValue,
    "tag_policy": TagPolicy,
    "accounts": Account,
    "cmdb_resources": CmdbResource,
    "ownership_rules": OwnershipRule,
    "pools": Pool,
    "pool_targets": PoolTarget,
    "pool_fallbacks": PoolFallback,
    "pool_resolution": PoolResolution,
    "drivers": Driver,
    "kubernetes_clusters": KubernetesCluster,
    "kubernetes_namespaces": KubernetesNamespace,
    "ai_gateway": AiGateway,
    "ai_budgets": AiBudget,
    "ai_limits": AiLimit,
    "gpu_idle": GpuIdle,
    "ai_models": AiModel,
    "ai_token_prices": AiTokenPrice,
    "ai_consumers": AiConsumer,
    "ai_capacity": AiCapacity,
    "fx_rates": FxRate,
    "thresholds": Threshold,
    "change_control": ChangeControl,
    "change_approvals": ChangeApproval,
}
"""File name without ``.csv`` to its rows' class."""
