"""Databricks: system.billing.usage with the prices in force, a file a month; mistakes are retracted and restated."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from orchestration.sample.calendar import Month
from orchestration.sample.chance import digits, generator, guid, hexadecimal, pick
from orchestration.sample.company import NOBODY, UNKNOWN_TAG, Outcome, Ownership, always
from orchestration.sample.deliveries import Delivery, Placed, write_csv
from orchestration.sample.lines import Event, Lines, shift
from orchestration.sample.money import plain
from orchestration.sample.placement import COST_CENTRE_KEYS, drifted, product_tags
from orchestration.sample.providers.small import InvoiceOf, SmallBill, whole

_HEADER = [
    "record_id", "account_id", "workspace_id", "workspace_name", "sku_name", "cloud", "usage_start_time",
    "usage_end_time", "usage_date", "custom_tags", "usage_unit", "usage_quantity", "usage_metadata",
    "identity_metadata", "record_type", "ingestion_date", "billing_origin_product", "product_features", "usage_type",
    "currency_code", "list_price", "contract_price",
]  # fmt: skip
# what runs: SKU, product of Databricks, key of its id in usage_metadata, list price in dollars per DBU
_OFFERS = {
    "job": ("ENTERPRISE_JOBS_COMPUTE", "JOBS", "job_id", "0.2"),
    "warehouse": ("ENTERPRISE_SQL_PRO_COMPUTE", "SQL", "warehouse_id", "0.55"),
    "pipeline": ("ENTERPRISE_DLT_CORE_COMPUTE", "DLT", "dlt_pipeline_id", "0.25"),
    "endpoint": ("ENTERPRISE_SERVERLESS_REAL_TIME_INFERENCE", "MODEL_SERVING", "endpoint_id", "0.08"),
    "notebook": ("ENTERPRISE_ALL_PURPOSE_COMPUTE", "ALL_PURPOSE", "cluster_id", "0.65"),
}
_CONTRACT_PERCENT = 80


class DatabricksBill(SmallBill):
    """Two workspaces: one of many teams with tagged jobs, one dedicated to a cost centre."""

    source_id = "databricks"
    kind = "databricks_usage"
    issuer = "Databricks"
    tags = True
    tax_beside = 8

    def _make(self) -> None:
        company, rng = self.company, self._rng
        self._account_id = guid(rng)
        self._shared, self._dedicated = digits(rng, 16), digits(rng, 16)
        dedicated = always(Outcome(company.general("CC-5020"), None, "account"))
        self._open(self._shared, "databricks-data")
        self._open(self._dedicated, "databricks-science", dedicated)
        for offer, product, environment, per_day in (
            ("job", "demand", "prod", 900), ("job", "basketai", "prod", 640), ("pipeline", "tracking", "prod", 520),
            ("warehouse", "reporting", "prod", 330), ("job", "bidding", "staging", 110),
        ):  # fmt: skip
            tags = product_tags(product, environment, rng)
            self._run(offer, per_day, company.owned(product, environment, "tag"), tags)
        tags = {pick(rng, COST_CENTRE_KEYS): drifted("CC-2010", rng)}
        self._run("warehouse", 210, always(Outcome(company.general("CC-2010"), None, "tag")), tags)
        self._run("job", 60, always(UNKNOWN_TAG), {"CostCenter": "CC-9999"})
        stream = self._run("job", 150, company.owned("freight", "prod", "cmdb"), {})
        self.evidence.cmdb.append((stream, "", company.owned("freight", "prod", "cmdb")))
        self._run("endpoint", 410, company.owned("ranking", "prod", "naming"), {}, name="ranking-prod-endpoint")
        self._run("notebook", 45, always(NOBODY), {})
        self._run("notebook", 170, dedicated, {}, workspace=self._dedicated)
        self._metered_streams = list(range(len(self.streams)))
        # the same meters again, taken back and charged anew
        self._mistaken = 0
        self._retraction, self._restatement = (self._again(kind) for kind in ("retraction", "restatement"))

    def _run(
        self,
        offer: str,
        per_day: int,
        ownership: Ownership,
        tags: dict[str, str],
        *,
        name: str = "",
        workspace: str = "",
    ) -> str:
        sku, product, key, price = _OFFERS[offer]
        identifier = digits(self._rng, 15) if offer == "job" else hexadecimal(self._rng, 16)
        metadata = {key: identifier}
        if name:
            metadata["endpoint_name"] = name
        index = self._add("usage", ownership, rate=price, per_day=per_day, tagged=bool(tags))
        stream = self.streams[index]
        stream.rate = stream.effective_rate = stream.list_rate * _CONTRACT_PERCENT // 100
        stream.constants.update(
            workspace_id=workspace or self._shared,
            workspace_name="science" if workspace == self._dedicated else "data",
            sku_name=sku,
            custom_tags=json.dumps(tags),
            usage_metadata=json.dumps(metadata),
            billing_origin_product=product,
            list_price=price,
            contract_price=plain(stream.rate),
        )
        return identifier

    def _again(self, kind: str) -> int:
        first = self.streams[self._mistaken]
        index = self._add(kind, first.ownership, tagged=first.flags["tagged"])
        stream = self.streams[index]
        stream.rate, stream.list_rate, stream.constants = first.rate, first.list_rate, first.constants
        return index

    def _events(self, month: Month) -> list[Event]:
        events = []
        for event in self._metered(month, self._metered_streams):
            events.append(event)
            if event.stream == self._mistaken and event.slot.start.day == 11:
                for index, quantity in (
                    (self._retraction, -event.quantity),
                    (self._restatement, event.quantity * 9 // 10),
                ):
                    stream = self.streams[index]
                    amount = stream.rate * quantity // 10_000
                    listed = stream.list_rate * quantity // 10_000
                    events.append(Event(index, event.slot, amount, amount, amount, quantity, listed))
        return events

    def invoice_of(self, lines: Lines, month: Month) -> list[InvoiceOf]:
        """Return the month's invoice."""
        number = f"INV-{digits(generator(self.seed, f'databricks-{month.key}'), 8)}"
        return [(number, self._account_id, self.issuer, whole(lines))]

    def deliver(self, location: Path, months: dict[Month, Lines]) -> list[tuple[Delivery, list[Placed]]]:
        """Write a file per month, made on the 4th of the next."""
        delivered: list[tuple[Delivery, list[Placed]]] = []
        for month, lines in months.items():
            made = shift(month.next.first, 3) if not self.calendar.is_open(month) else shift(self.calendar.until, 1)
            rng = generator(self.seed, f"databricks-records-{month.key}")
            rows = [self._row(lines, row, guid(rng)) for row in range(len(lines))]
            run = f"{made:%Y%m%d}"
            file = write_csv(location, f"usage-{run}.csv.gz", _HEADER, rows)
            delivery = Delivery(self.source_id, month.key, "usage", run, True, [file])
            delivered.append((delivery, [Placed(file, month, whole(lines), whole(lines) + 1)]))
        return delivered

    def _row(self, lines: Lines, row: int, record_id: str) -> list[str]:
        stream = self.streams[lines.stream[row]]
        start = lines.slots[lines.slot[row]].start
        ingested = start.date() + timedelta(days=1 if stream.kind == "usage" else 6)
        values = {
            "record_id": record_id,
            "account_id": self._account_id,
            "cloud": "AWS",
            "usage_start_time": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "usage_end_time": f"{start + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
            "usage_date": f"{start:%Y-%m-%d}",
            "usage_unit": "DBU",
            "usage_quantity": plain(int(lines.quantity[row]), 4),
            "identity_metadata": '{"run_as":"data-platform@halden.example"}',
            "record_type": {"retraction": "RETRACTION", "restatement": "RESTATEMENT"}.get(stream.kind, "ORIGINAL"),
            "ingestion_date": ingested.isoformat(),
            "product_features": "{}",
            "usage_type": "COMPUTE_TIME",
            "currency_code": self.currency,
            **stream.constants,
        }
        return [str(values[column]) for column in _HEADER]
