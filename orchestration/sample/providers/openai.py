"""OpenAI: daily costs of an organization by project and line item, and a usage report that lies beside them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from orchestration.sample.calendar import Month, Slot, at
from orchestration.sample.chance import digits, generator, word
from orchestration.sample.company import NOBODY, Ownership, always, pooled
from orchestration.sample.deliveries import Delivery, Placed, write_json
from orchestration.sample.lines import Event, Lines
from orchestration.sample.money import QUANTITY, money, plain
from orchestration.sample.providers.cost_api import CostApiBill, Key, KeyUsage, number
from orchestration.sample.providers.small import InvoiceOf, whole

# line item: dollars per token
_ITEMS = {
    "gpt-4.1-mini, input": "0.0000004",
    "gpt-4.1-mini, output": "0.0000016",
    "gpt-4.1, input": "0.000002",
    "gpt-5-nano, input": "0.00000005",
    "gpt-5-nano, output": "0.0000004",
}


class OpenAIBill(CostApiBill):
    """Projects of products, a gateway that everybody uses, and a playground."""

    source_id = "openai"
    kind = "openai_costs"
    issuer = "OpenAI"
    report = "costs"
    page_days = 15

    def _make(self) -> None:
        self._organization = f"org-{word(self._rng, 24)}"
        company = self.company
        for name, ownership, amounts in (
            ("search", company.owned("search", "prod", "account"),
             {"gpt-4.1-mini, input": 260, "gpt-4.1-mini, output": 31}),
            ("helpdesk", company.owned("directory", "prod", "account"), {"gpt-4.1, input": 38}),
            ("playground", always(NOBODY), {"gpt-4.1-mini, output": 4}),
        ):  # fmt: skip
            self._project(name, ownership, amounts)
        self._gateway = self._project("gateway", pooled("ai-gateway"), {})
        self._credit = self._add("credit", pooled("credits"), item="Promotional credit", rate="0")
        self._prototypes()

    def _prototypes(self) -> None:
        """Share a project among teams that try things out, each with a key of its own."""
        amounts = {"gpt-5-nano, input": 140, "gpt-5-nano, output": 9}
        self._shared_project = self._project("prototypes", pooled("ai-prototypes"), amounts)
        keys = []
        for team, weight in (("imagery dev", 5), ("returns dev", 3), ("loyalty dev", 2), ("fleet dev", 4)):
            product, environment = team.split()
            ownership = self.company.owned(product, environment, "account")
            key_id = f"key_{word(self._rng, 16)}"
            self._open(key_id, f"openai-key-{team.replace(' ', '-')}", ownership)
            keys.append(Key(key_id, ownership, weight))
        self.keys = tuple(keys)

    def _project(self, name: str, ownership: Ownership, millions: dict[str, int]) -> str:
        project = f"proj_{word(self._rng, 20)}"
        self._open(project, f"openai-{name}", ownership if ownership[0][1].method == "account" else None)
        if ownership[0][1].pool_id:
            rationale = {
                "gateway": "The gateway calls models for every product.",
                "prototypes": "Whoever tries things out has a key of the same project.",
            }[name]
            pool_id = ownership[0][1].pool_id
            self._rule(f"shared-{pool_id}-openai", "default", rationale, sub_account_id=project, pool_id=pool_id)
        for item, amount in millions.items():
            self._item(project, name, ownership, item, _ITEMS[item], amount * 1_000_000)
        return project

    def _item(self, project: str, name: str, ownership: Ownership, item: str, price: str, per_day: int) -> int:
        index = self._add("usage", ownership, rate=price, per_day=per_day, item=item)
        self.streams[index].constants.update(project_id=project, project_name=name)
        return index

    def gateway_stream(self, model: str, kind: str, price: str) -> int:
        """Add what the gateway is billed for a kind of token of a model, at a price per token."""
        item = f"{model}, {'cached input' if kind == 'cached' else kind}"
        return self._item(self._gateway, "gateway", pooled("ai-gateway"), item, price, 0)

    def _events(self, month: Month) -> list[Event]:
        events = self._metered(month, [index for index, stream in enumerate(self.streams) if stream.per_day])
        if self.calendar.days(month) >= 15:
            (slot,) = [slot for slot in self._slots(month) if slot.start.day == 15]
            amount = money("-250")
            events.append(Event(self._credit, slot, amount, amount, amount))
        return events

    def metered_by_key(self, stream: int) -> tuple[str, str] | None:
        """Return the model and kind of token of a line item of the shared project."""
        if self.streams[stream].constants.get("project_id") != self._shared_project:
            return None
        model, kind = str(self.streams[stream].flags["item"]).split(", ")
        return model, kind

    def write_key_usage(self, location: Path, month: Month, used: list[KeyUsage], moment: datetime) -> None:
        """Write the report of completions by day, model and key."""
        by_day: dict[Slot, list[dict[str, Any]]] = {}
        for item in used:
            tokens = item.tokens
            slot = Slot(at(item.day), at(item.day) + timedelta(days=1))
            by_day.setdefault(slot, []).append(
                {
                    "object": "organization.usage.completions.result",
                    "input_tokens": tokens["input"],
                    "input_cached_tokens": tokens["input"] // 10,
                    "output_tokens": tokens["output"],
                    "num_model_requests": tokens["output"] // 380,
                    "project_id": self._shared_project,
                    "api_key_id": item.key.key_id,
                    "model": str(self.streams[item.stream].flags["item"]).split(",")[0],
                }
            )
        buckets = [self.bucket(slot, results) for slot, results in by_day.items()]
        write_json(location, f"usage-completions-{moment:%Y%m%dT%H%M%SZ}.json", self.page(buckets, None))

    def bucket(self, slot: Slot, results: list[dict[str, Any]]) -> dict[str, Any]:
        """Return a day with its results."""
        return {
            "object": "bucket",
            "start_time": int(slot.start.timestamp()),
            "end_time": int(slot.end.timestamp()),
            "results": results,
        }

    def result(self, lines: Lines, row: int) -> dict[str, Any]:
        """Return a line: its amount is a JSON number; the quantity has no unit."""
        stream = self.streams[lines.stream[row]]
        quantity = int(lines.quantity[row]) // QUANTITY
        return {
            "object": "organization.costs.result",
            "amount": {"value": number(plain(int(lines.billed[row]))), "currency": "usd"},
            "line_item": stream.flags["item"],
            "project_id": stream.constants.get("project_id"),
            "project_name": stream.constants.get("project_name"),
            "organization_id": self._organization,
            "quantity": quantity or None,
        }

    def page(self, buckets: list[dict[str, Any]], following: str | None) -> dict[str, Any]:
        """Return the API's answer with some days."""
        return {"object": "page", **super().page(buckets, following)}

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's invoice."""
        number_of = digits(generator(self.seed, f"openai-{month.key}"), 4)
        return [(f"A1B2C3D4-{number_of}", self._organization, self.issuer, whole(lines))]

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write the pulls, and the usage report of each month beside them."""
        for month, lines in months.items():
            by_day: dict[int, list[dict[str, Any]]] = {}
            for row in range(len(lines)):
                stream = self.streams[lines.stream[row]]
                item = str(stream.flags["item"])
                if item.endswith(", output"):
                    tokens = int(lines.quantity[row]) // QUANTITY
                    by_day.setdefault(int(lines.slot[row]), []).append(
                        {
                            "object": "organization.usage.completions.result",
                            "input_tokens": tokens * 8,
                            "input_cached_tokens": tokens * 2,
                            "output_tokens": tokens,
                            "num_model_requests": tokens // 400,
                            "project_id": stream.constants["project_id"],
                            "model": item.split(",")[0],
                        }
                    )
            buckets = [self.bucket(lines.slots[slot], results) for slot, results in sorted(by_day.items())]
            made = at(month.next.first, hour=7)
            write_json(location, f"usage-completions-{made:%Y%m%dT%H%M%SZ}.json", self.page(buckets, None))
        return super().deliver(location, months)
