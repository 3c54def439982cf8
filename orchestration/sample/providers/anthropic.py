"""Anthropic: the daily cost report of an organization by workspace and description, amounts in cents as text."""

from __future__ import annotations

from typing import Any

from orchestration.sample.calendar import Month, Slot
from orchestration.sample.chance import digits, generator, word
from orchestration.sample.company import NOBODY, Ownership, always, pooled
from orchestration.sample.lines import Lines
from orchestration.sample.money import plain
from orchestration.sample.providers.cost_api import CostApiBill
from orchestration.sample.providers.small import InvoiceOf, whole

# what is charged: cost type, token type, dollars per token or search
_ITEMS = {
    "input": ("tokens", "uncached_input_tokens", "0.000003"),
    "cached": ("tokens", "cache_read_input_tokens", "0.0000003"),
    "output": ("tokens", "output_tokens", "0.000015"),
    "search": ("web_search", None, "0.01"),
}
_MODEL = "claude-sonnet-4-6"


class AnthropicBill(CostApiBill):
    """Workspaces of products, the default workspace that everybody uses, and one nobody claims."""

    source_id = "anthropic"
    kind = "anthropic_costs"
    issuer = "Anthropic"
    report = "cost-report"

    def _make(self) -> None:
        company = self.company
        self._workspace("fraud", company.owned("fraud", "prod", "account"), {"input": 62, "cached": 180, "output": 7})
        self._workspace("editorial", company.owned("editorial", "prod", "account"), {"input": 25, "output": 5})
        self._workspace("evaluation", always(NOBODY), {"output": 2})
        self._workspace(None, pooled("ai-gateway"), {"input": 88, "output": 11, "search": 900})
        self._rule("shared-ai-gateway-anthropic", "default", "The default workspace belongs to the gateway.",
                   sub_account_id="default", pool_id="ai-gateway")  # fmt: skip

    def _workspace(self, name: str | None, ownership: Ownership, amounts: dict[str, int]) -> None:
        workspace = f"wrkspc_{word(self._rng, 20)}" if name else None
        if workspace:
            self._open(workspace, f"anthropic-{name}", ownership if ownership[0][1].method == "account" else None)
        for item, amount in amounts.items():
            cost_type, token_type, price = _ITEMS[item]
            per_day = amount * 1_000_000 if token_type else amount
            index = self._add("usage", ownership, rate=price, per_day=per_day)
            what = f"{item} tokens" if token_type else "Web search"
            self.streams[index].constants.update(
                workspace_id=workspace,
                description=f"Claude Sonnet 4.6 Usage - {what}" if token_type else what,
                cost_type=cost_type,
                context_window="0-200k" if token_type else None,
                model=_MODEL if token_type else None,
                service_tier="standard" if token_type else None,
                token_type=token_type,
                inference_geo="not_available" if token_type else None,
            )

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
