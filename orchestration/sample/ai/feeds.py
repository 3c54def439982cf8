"""The gateways' logs: LiteLLM's table with a row per call, and totals of the other gateway; what the GPUs did."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from orchestration.sample.ai.world import LOGGED, Call, Use, price
from orchestration.sample.kubernetes.gpus import GpuSample

# source, kind and folder, as the estate file names them
GATEWAY_FEEDS = (
    ("litellm", "litellm_spend_logs", "litellm"),
    ("ai-totals", "ai_usage", "ai_usage"),
    ("gpus", "gpu_telemetry", "gpu_telemetry"),
)
_LOG = (
    "request_id", "call_type", "api_key", "spend", "total_tokens", "prompt_tokens", "completion_tokens", "startTime",
    "endTime", "model", "model_group", "custom_llm_provider", "user", "team_id", "organization_id", "end_user",
    "metadata", "cache_hit", "request_tags", "status",
)  # fmt: skip
_TOTALS = (
    "time", "provider", "model", "key", "team", "cost_centre", "workflow", "use_case", "product", "input_tokens",
    "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "requests", "batch",
)  # fmt: skip
_GPUS = (
    "time", "resource", "cluster", "node", "gpu", "gpu_model", "gpus_of_resource", "mig_profile", "mig_instance",
    "utilisation", "memory_utilisation", "requests", "hours",
)  # fmt: skip


def write_gateways(folder: Path, use: Use) -> None:
    """Write a file per month and gateway."""
    logged: dict[str, list[dict[str, str]]] = defaultdict(list)
    totals: dict[str, list[dict[str, str]]] = defaultdict(list)
    for call in use.calls:
        month = f"{call.moment:%Y%m}01"
        if call.model.through == LOGGED:
            logged[month] += _entries(call, repeated=len(logged[month]) % 97 == 0)
        else:
            totals[month].append(_total(call))
    for month, rows in logged.items():
        _write_csv(folder / "litellm" / f"spend-logs-{month}.csv.gz", _LOG, rows)
    for month, rows in totals.items():
        target = folder / "ai_usage" / f"totals-{month}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(_table(_TOTALS, rows), target, compression="zstd")


def write_gpus(folder: Path, samples: Sequence[GpuSample]) -> None:
    """Write what the GPUs of the clusters did, a file per month."""
    months: dict[str, list[dict[str, str]]] = defaultdict(list)
    for sample in samples:
        months[f"{sample.start:%Y%m}01"].append(sample.row())
    for month, rows in months.items():
        _write_csv(folder / "gpu_telemetry" / f"dcgm-{month}.csv.gz", _GPUS, rows)


def _entries(call: Call, *, repeated: bool) -> Iterator[dict[str, str]]:
    """Return a call's rows in the log: some are there twice, as when a stream is closed twice."""
    tokens = call.tokens
    cached, written, thought = (tokens.get(kind, 0) for kind in ("cached", "cache_write", "reasoning"))
    prompt = tokens["input"] + cached + written
    completion = tokens["output"] + thought
    failed = call.outcome == "failure"
    if failed:
        completion = 0
    caller = call.caller
    told = {
        name: value
        for name, value in (
            ("workflow", caller.workflow),
            ("use_case", caller.use_case),
            ("product", caller.product),
            ("cost_centre", f"{caller.owner.lower()}.general" if caller.known_by == "own" else ""),
        )
        if value
    }
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": thought},
    }
    if written:
        usage |= {"cache_read_input_tokens": cached, "cache_creation_input_tokens": written}
    metadata: dict[str, object] = {"status": "failure" if failed else "success"}
    if not failed:
        metadata["usage_object"] = usage
    if told:
        metadata["spend_logs_metadata"] = told
    spent = Decimal(0)
    if call.outcome == "success":
        spent = sum((price(call.model, kind, is_batch=False) * count for kind, count in tokens.items()), Decimal(0))
    answered = call.moment + timedelta(seconds=completion // 60 + 1)
    row = {
        "request_id": call.request_id if call.outcome != "cached" else f"{call.request_id}_cache_hit",
        "call_type": "acompletion",
        "api_key": caller.key,
        "spend": f"{spent:f}",
        "total_tokens": str(prompt + completion),
        "prompt_tokens": str(prompt),
        "completion_tokens": str(completion),
        "startTime": f"{call.moment:%Y-%m-%dT%H:%M:%S}.000000+00:00",
        "endTime": f"{answered:%Y-%m-%dT%H:%M:%S}.000000+00:00",
        "model": call.model.called,
        "model_group": call.model.name,
        "custom_llm_provider": call.model.road,
        "user": "",
        "team_id": caller.team,
        "organization_id": "halden",
        "end_user": "",
        "metadata": json.dumps(metadata, separators=(",", ":")),
        "cache_hit": "True" if call.outcome == "cached" else "None",
        "request_tags": "[]",
        "status": "failure" if failed else "success",
    }
    yield row
    if repeated:
        yield row


def _total(call: Call) -> dict[str, str]:
    caller = call.caller
    row = {
        "time": f"{call.moment:%Y-%m-%dT%H:%M:%SZ}",
        "provider": call.model.provider,
        "model": call.model.called,
        "key": caller.key[:16],
        "team": caller.team,
        "workflow": caller.workflow,
        "use_case": caller.use_case,
        "product": caller.product,
        "requests": str(call.requests),
        "batch": "true" if call.is_batch else "false",
    }
    return row | {f"{kind}_tokens": str(count) for kind, count in call.tokens.items()}


def _table(columns: Sequence[str], rows: Sequence[dict[str, str]]) -> pa.Table:
    return pa.table({name: pa.array([row.get(name) or None for row in rows], pa.string()) for name in columns})


def _write_csv(target: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    options = pa_csv.WriteOptions(quoting_style="needed", quoting_header="none")
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=4, fileobj=raw, mtime=0) as packed,
    ):
        pa_csv.write_csv(_table(columns, rows), packed, options)
