"""Anthropic: the daily cost report of an organization by workspace and description, amounts in cents as text."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from orchestration.sample.calendar import Month, Slot, at
from orchestration.sample.chance import digits, generator, word
from orchestration.sample.company import NOBODY, Ownership, always, pooled
from orchestration.sample.deliveries import write_json
from orchestration.sample.lines import Lines
from orchestration.sample.money import plain
from orchestration.sample.providers.cost_api import CostApiBill, Key, KeyUsage
from orchestration.sample.providers.small import InvoiceOf, whole

# what is charged: cost type, token type, dollars per token or search
_ITEMS = {
    "input": ("tokens", "uncached_input_tokens", "0.000001"),
    "cached": ("tokens", "cache_read_input_tokens", "0.0000001"),
    "cache_write": ("tokens", "cache_creation.ephemeral_5m_input_tokens", "0.00000125"),
    "output": ("tokens", "output_tokens", "0.000005"),
    "search": ("web_search", None, "0.01"),
}
_HAIKU = "claude-haiku-4-5"


class AnthropicBill(CostApiBill):
    """Workspaces of products, the default workspace that everybody uses, and one nobody claims."""

    source_id = "anthropic"
    kind = "anthropic_costs"
    issuer = "Anthropic"
    report = "cost-report"

    def _make(self) -> None:
        company = self.company
        self._workspace("fraud", company.owned("fraud", "prod", "account"), {"input": 62, "cached": 180, "output": 7})
        self._workspace(
            "editorial", company.owned("editorial", "prod", "account"), {"input": 25, "output": 5, "search": 900}
        )
        self._workspace("evaluation", always(NOBODY), {"output": 2})
        self._rule("shared-ai-gateway-anthropic", "default", "The default workspace belongs to the gateway.",
                   sub_account_id="default", pool_id="ai-gateway")  # fmt: skip

        self._coding()

    def _coding(self) -> None:
        """Share a workspace among teams whose editors call the model, each with a key of its own."""
        self._workspace("coding", pooled("coding-assistants"), {"input": 20, "cached": 310, "output": 6})
        self._shared_workspace = str(self.streams[-1].constants["workspace_id"])
        self._rule("shared-coding-assistants", "default", "Editors call the model with the key of their team.",
                   sub_account_id=self._shared_workspace, pool_id="coding-assistants")  # fmt: skip
        keys = []
        for team, weight in (("devportal dev", 6), ("loyalty dev", 3), ("checkout dev", 5)):
            product, environment = team.split()
            ownership = self.company.owned(product, environment, "account")
            key_id = f"apikey_{word(self._rng, 24)}"
            self._open(key_id, f"anthropic-key-{team.replace(' ', '-')}", ownership)
            keys.append(Key(key_id, ownership, weight))
        self.keys = tuple(keys)

    def _workspace(self, name: str | None, ownership: Ownership, amounts: dict[str, int]) -> None:
        workspace = f"wrkspc_{word(self._rng, 20)}" if name else None
        if workspace:
            self._open(workspace, f"anthropic-{name}", ownership if ownership[0][1].method == "account" else None)
        for item, amount in amounts.items():
            _, token_type, price = _ITEMS[item]
            self._item(workspace, ownership, item, _HAIKU, price, amount * 1_000_000 if token_type else amount)

    def _item(
        self, workspace: str | None, ownership: Ownership, item: str, model: str, price: str, per_day: int
    ) -> int:
        cost_type, token_type, _ = _ITEMS[item]
        index = self._add("usage", ownership, rate=price, per_day=per_day)
        what = f"{item.replace('_', ' ')} tokens" if token_type else "Web search"
        self.streams[index].constants.update(
            workspace_id=workspace,
            description=f"{model} Usage - {what}" if token_type else what,
            cost_type=cost_type,
            context_window="0-200k" if token_type else None,
            model=model if token_type else None,
            service_tier="standard" if token_type else None,
            token_type=token_type,
            inference_geo="not_available" if token_type else None,
        )
        return index

    def gateway_stream(self, model: str, kind: str, price: str) -> int:
        """Add what the gateway, in the default workspace, is billed for a kind of token of a model."""
        return self._item(None, pooled("ai-gateway"), kind, model, price, 0)

    def metered_by_key(self, stream: int) -> tuple[str, str] | None:
        """Return the model and kind of token of a stream of the shared workspace."""
        constants = self.streams[stream].constants
        if constants["workspace_id"] != self._shared_workspace:
            return None
        return str(constants["model"]), str(constants["token_type"])

    def write_key_usage(self, location: Path, month: Month, used: list[KeyUsage], moment: datetime) -> None:
        """Write the report of messages by day, model and key."""
        by_day: dict[Slot, list[dict[str, Any]]] = {}
        for item in used:
            slot = Slot(at(item.day), at(item.day) + timedelta(days=1))
            by_day.setdefault(slot, []).append(
                {
                    "api_key_id": item.key.key_id,
                    "workspace_id": self._shared_workspace,
                    "model": _HAIKU,
                    "service_tier": "standard",
                    "context_window": "0-200k",
                    "uncached_input_tokens": item.tokens["uncached_input_tokens"],
                    "cache_read_input_tokens": item.tokens["cache_read_input_tokens"],
                    "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
                    "output_tokens": item.tokens["output_tokens"],
                    "server_tool_use": {"web_search_requests": 0},
                }
            )
        buckets = [self.bucket(slot, results) for slot, results in by_day.items()]
        write_json(location, f"usage-messages-{moment:%Y%m%dT%H%M%SZ}.json", self.page(buckets, None))

    def bucket(self, slot: Slot, results: list[dict[str, Any]]) -> dict[str, Any]:
        """Return a day with its results."""
        return {
            "starting_at": f"{slot.start:%Y-%m-%dT%H:%M:%SZ}",
            "ending_at": f"{slot.end:%Y-%m-%dT%H:%M:%SZ}",
            "results": results,
        }

    def result(self, lines: Lines, row: int) -> dict[str, Any]:
        """Return a line: its amount is text, in hundredths of a dollar."""
        constants = self.streams[lines.stream[row]].constants
        return {"currency": self.currency, "amount": plain(int(lines.billed[row]), 8), **constants}

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's invoice; the report names no organization, so the source stands for it."""
        number = digits(generator(self.seed, f"anthropic-{month.key}"), 4)
        return [(f"ANTH-{number}", self.source_id, self.issuer, whole(lines))]
