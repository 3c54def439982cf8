"""What the models cost, on the bills of those who host them: token by token, but for capacity that is held."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from orchestration.sample.accounts import Account
from orchestration.sample.ai.world import MODELS, RESERVED, UNIT_PRICE, UNITS, Model, Use, price
from orchestration.sample.calendar import Month, Slot, at, day_slots
from orchestration.sample.company import pooled
from orchestration.sample.lines import Addition, Event, Stream, shift
from orchestration.sample.money import QUANTITY, as_decimal, money
from orchestration.sample.providers.aws import AmazonBill
from orchestration.sample.providers.azure import MicrosoftBill
from orchestration.sample.providers.cost_api import CostApiBill
from orchestration.sample.providers.gcp import ZONE, GoogleBill

GATEWAY = "ai-gateway"
Meter = tuple[Model, str, bool]
"""A model, a kind of token, and whether in a batch."""


class ModelBill(Addition):
    """The models of a provider on its bill.

    Attributes:
        costs: of each model and day, in the billing currency; filled by ``events``.

    """

    provider: str
    thinking_is_output = True
    """Whether reasoning is billed as output, not by itself."""

    def __init__(self, use: Use, streams: list[Stream]) -> None:
        self.models = [model for model in MODELS if model.provider == self.provider]
        self.costs: dict[tuple[Model, date], Decimal] = {}
        self._list = streams
        self._by_day: dict[date, dict[Meter, int]] = defaultdict(lambda: defaultdict(int))
        for (model, day, kind, is_batch), tokens in use.billed().items():
            if model.provider == self.provider and model.prices:
                billed_as = "output" if kind == "reasoning" and self.thinking_is_output else kind
                self._by_day[day][(model, billed_as, is_batch)] += tokens
        meters = sorted({meter for of_day in self._by_day.values() for meter in of_day}, key=_order)
        self._streams = {meter: self._make(*meter) for meter in meters}

    @abstractmethod
    def _make(self, model: Model, kind: str, is_batch: bool) -> int:
        """Add the stream of a meter."""

    def _quantity(self, tokens: int) -> int:
        """Return the quantity of a line in the bill's unit, in 10^-4."""
        return tokens * QUANTITY

    def _slots(self, month: Month) -> Iterator[Slot]:
        day = month.first
        while day <= month.last:
            yield Slot(at(day), at(day) + timedelta(days=1))
            day = shift(day, 1)

    def events(self, month: Month) -> list[Event]:
        """Return the models' lines of a month, and remember what they cost."""
        events = []
        for slot in self._slots(month):
            day = slot.start.date()
            costs: dict[tuple[Model, date], Decimal] = defaultdict(Decimal)
            for meter, tokens in sorted(self._by_day.get(day, {}).items(), key=lambda item: _order(item[0])):
                event = self._event(self._streams[meter], slot, self._quantity(tokens))
                costs[(meter[0], day)] += as_decimal(event.effective)
                events.append(event)
            self.costs.update(costs)
        return events

    def _event(self, index: int, slot: Slot, quantity: int) -> Event:
        rate = self._list[index].rate
        if rate * quantity % QUANTITY:
            raise AssertionError("a price must be a whole number of what is metered")
        amount = rate * quantity // QUANTITY
        return Event(index, slot, amount, amount, amount, quantity, amount, {})


class ApiModels(ModelBill):
    """Models of a vendor with an API of its own."""

    def __init__(self, bill: CostApiBill, use: Use) -> None:
        self._bill = bill
        self.provider = bill.source_id
        super().__init__(use, bill.streams)

    def _make(self, model: Model, kind: str, is_batch: bool) -> int:
        return self._bill.gateway_stream(model.called, kind, f"{price(model, kind, is_batch=is_batch):f}")


class BedrockModels(ModelBill):
    """Models on Bedrock, by the thousand tokens."""

    provider = "aws"

    def __init__(self, bill: AmazonBill, use: Use, account: Account) -> None:
        self._bill, self._account = bill, account
        super().__init__(use, bill.streams)

    def _make(self, model: Model, kind: str, is_batch: bool) -> int:
        meter = "cache-read-input-token-count" if kind == "cached" else f"{kind}-tokens"
        usage_type = f"EUC1-NovaPro-{meter}{'-batch' if is_batch else ''}"
        rate = money(f"{price(model, kind, is_batch=is_batch) * 1000:f}")
        stream = self._bill.stream("AmazonBedrock", usage_type, "Amazon Bedrock", "1K tokens", rate, "InvokeModel")
        stream.kind = "ai_tokens"
        stream.ownership = pooled(GATEWAY)
        self._bill.locate(stream, self._account, "eu-central-1", "", {})
        return self._bill.add(stream)

    def _quantity(self, tokens: int) -> int:
        return tokens * QUANTITY // 1000


class AzureModels(ModelBill):
    """Models of Azure OpenAI, by the token, and capacity of them by the hour, used or not."""

    provider = "azure"

    def __init__(self, bill: MicrosoftBill, use: Use, account: Account) -> None:
        self._bill, self._account = bill, account
        super().__init__(use, bill.streams)
        (self._reserved,) = [model for model in self.models if model.name == RESERVED]
        self._held = self._place("Provisioned Managed Global Unit", "1 Hour", money(UNIT_PRICE))

    def _make(self, model: Model, kind: str, is_batch: bool) -> int:
        meter = {"input": "Inp", "cached": "cached Inp", "output": "Outp"}[kind]
        rate = money(f"{price(model, kind, is_batch=is_batch):f}")
        return self._place(f"gpt 4.1 {meter} glbl Tokens", "Units", rate)

    def _place(self, meter: str, unit: str, rate: int) -> int:
        stream = self._bill.stream("Azure OpenAI", "AI and Machine Learning", "Generative AI", meter, unit, rate,
                                   "microsoft.cognitiveservices/accounts")  # fmt: skip
        stream.kind = "ai_tokens" if unit == "Units" else "ai_capacity"
        stream.ownership = pooled(GATEWAY)
        group = f"{self._account.account_id}/resourcegroups/rg-models/providers"
        resource = f"{group}/microsoft.cognitiveservices/accounts/halden-openai"
        self._bill.locate(stream, self._account, "northeurope", resource, "halden-openai", {})
        return self._bill.add(stream)

    def _event(self, index: int, slot: Slot, quantity: int) -> Event:
        event = super()._event(index, slot, quantity)
        event.extra["contracted"] = event.billed
        return event

    def events(self, month: Month) -> list[Event]:
        """Return the lines of tokens, and of what is held."""
        events = super().events(month)
        for slot in day_slots(month, self._bill.company.calendar.days(month)):
            event = self._event(self._held, slot, UNITS * 24 * QUANTITY)
            self.costs[(self._reserved, slot.start.date())] = as_decimal(event.effective)
            events.append(event)
        return events


class VertexModels(ModelBill):
    """Models on Vertex AI, by the token, in Pacific days as Google bills."""

    provider = "gcp"
    thinking_is_output = False

    def __init__(self, bill: GoogleBill, use: Use, account: Account) -> None:
        self._bill, self._account = bill, account
        super().__init__(use, bill.streams)

    def _make(self, model: Model, kind: str, is_batch: bool) -> int:
        what = {"input": "Text Input", "cached": "Cached Text Input", "output": "Text Output",
                "reasoning": "Thinking Text Output"}[kind]  # fmt: skip
        stream = self._bill.stream(
            "C7E2-9256-1C43", "Vertex AI", f"Gemini 2.5 Flash GA {what} - Predictions", "count", "count",
            f"{price(model, kind, is_batch=is_batch):f}",
        )  # fmt: skip
        stream.kind = "ai_tokens"
        stream.ownership = pooled(GATEWAY)
        self._bill.locate(stream, self._account, "europe-west4", "", "", {})
        return self._bill.add(stream)

    def _slots(self, month: Month) -> Iterator[Slot]:
        # nobody calls before eight o'clock UTC, so that a day is the same day in California
        yield from day_slots(month, self._bill.company.calendar.days(month), ZONE)


def _order(meter: Meter) -> tuple[str, str, bool]:
    return meter[0].name, meter[1], meter[2]
