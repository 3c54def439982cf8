"""Meters as providers write them, and models as gateways do, are recognised by the patterns that the project brings."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.policy.csv_file import read_csv
from orchestration.policy.model import PROJECT_SEEDS

METERS = {
    ("AWS", "USE1-Claude3Sonnet-input-tokens|Amazon Bedrock"): ("aws", "claude-sonnet-3", "input", False),
    ("AWS", "USW2-Claude4.5Sonnet-cache-write-input-token-count|Amazon Bedrock"): (
        "aws", "claude-sonnet-4.5", "cache_write", False,
    ),
    ("AWS", "USE1-Claude4Sonnet-cache-read-input-token-count-cross-region-global|Amazon Bedrock"): (
        "aws", "claude-sonnet-4", "cached", False,
    ),
    ("AWS", "EU-NovaLite-output-tokens|Amazon Bedrock"): ("aws", "nova-lite", "output", False),
    ("AWS", "USE1-NovaPro-input-tokens-batch|Amazon Bedrock"): ("aws", "nova-pro", "input", True),
    ("AWS", "USE1-Llama3.1-70B-input-tokens|Amazon Bedrock"): ("aws", "llama-3.1-70b", "input", False),
    ("AWS", "USE1-qwen.qwen3-32b-mantle-input-tokens-standard|Amazon Bedrock"): (
        "aws", "qwen.qwen3-32b", "input", False,
    ),
    ("Anthropic, PBC", "USW2-MP:USW2_InputTokenCount_Global-Units|Claude Haiku 4.5 (Amazon Bedrock Edition)"): (
        "aws", "claude-haiku-4.5", "input", False,
    ),
    ("Anthropic, PBC", "USW2-MP:USW2_output_tokens_global_standard-Units|Claude Opus 4.1 (Amazon Bedrock Edition)"): (
        "aws", "claude-opus-4.1", "output", False,
    ),
    ("Microsoft", "gpt 4o 1120 Inp glbl Tokens|Azure OpenAI|acme-ai"): ("azure", "gpt-4o", "input", False),
    ("Microsoft", "gpt 4o 1120 cached Inp glbl Tokens|Foundry Models"): ("azure", "gpt-4o", "cached", False),
    ("Microsoft", "gpt 4o 1120 Batch Outp glbl Tokens|Azure OpenAI"): ("azure", "gpt-4o", "output", True),
    ("Microsoft", "gpt-4o-mini-0718-Inp-glbl Tokens|Azure OpenAI"): ("azure", "gpt-4o-mini", "input", False),
    ("Microsoft", "GPT 5 outpt Glbl 1M Tokens|Foundry Models"): ("azure", "gpt-5", "output", False),
    ("Microsoft", "5.5 ShortCo inp Gl 1M Tokens|Foundry Models"): ("azure", "gpt-5.5", "input", False),
    ("Microsoft", "o4-mini 0416 Outp glbl Tokens|Azure OpenAI"): ("azure", "o4-mini", "output", False),
    ("Microsoft", "Provisioned Managed Global Unit|Azure OpenAI"): (
        "azure", "provisioned managed global", "provisioned", False,
    ),
    ("Google Cloud", "Gemini 2.5 Flash GA Text Input - Predictions|Vertex AI"): (
        "gcp", "gemini-2.5-flash", "input", False,
    ),
    ("Google Cloud", "Gemini 2.5 Flash GA Thinking Text Output - Predictions|Vertex AI"): (
        "gcp", "gemini-2.5-flash", "reasoning", False,
    ),
    ("Google Cloud", "Gemini 3 Flash Text Input Caching|Vertex AI"): ("gcp", "gemini-3-flash", "cached", False),
    ("Google Cloud", "Gemini 1.5 Flash Input tokens|Vertex AI"): ("gcp", "gemini-1.5-flash", "input", False),
    ("Google Cloud", "Llama 4 Maverick Input tokens|Vertex AI"): ("gcp", "llama-4-maverick", "input", False),
    ("Google Cloud", "Cloud Vertex AI Model Garden Model as a Service Llama 4 Maverick Output tokens|Vertex AI"): (
        "gcp", "llama-4-maverick", "output", False,
    ),
    ("Google Cloud", "Claude 3.5 Sonnet Input tokens|Claude 3.5 Sonnet"): ("gcp", "claude-sonnet-3.5", "input", False),
    ("Google Cloud", "Claude Sonnet 4.5 Cache Read Tokens|Claude Sonnet 4.5"): (
        "gcp", "claude-sonnet-4.5", "cached", False,
    ),
    ("Google Cloud", "Mistral Large 2411 Batch Output Tokens|Vertex AI"): (
        "gcp", "mistral-large-2411", "output", True,
    ),
    ("Microsoft", "Llama 3.3 70B Inp glbl Tokens|Foundry Models"): ("azure", "llama-3.3-70b", "input", False),
    ("Microsoft", "Mistral Large 2411 Outp glbl Tokens|Foundry Models"): (
        "azure", "mistral-large-2411", "output", False,
    ),
    ("Microsoft", "Claude Consumption Unit|Claude in Microsoft Foundry"): (
        "azure", "claude consumption units", None, False,
    ),
    ("OpenAI", "gpt-4o-mini-2024-07-18, cached input|OpenAI API"): ("openai", "gpt-4o-mini", "cached", False),
    ("OpenAI", "gpt-5.5-2026-04-23, output|OpenAI API"): ("openai", "gpt-5.5", "output", False),
    ("OpenAI", "gpt-5-mini, input|OpenAI API"): ("openai", "gpt-5-mini", "input", False),
    ("Anthropic", "claude-sonnet-4-6, uncached_input_tokens|Claude API"): (
        "anthropic", "claude-sonnet-4.6", "input", False,
    ),
    ("Anthropic", "claude-sonnet-4-20250514, batch, output_tokens|Claude API"): (
        "anthropic", "claude-sonnet-4", "output", True,
    ),
    ("Databricks", "ENTERPRISE_ANTHROPIC_MODEL_SERVING|MODEL_SERVING|databricks-claude-3-7-sonnet"): (
        "databricks", "claude-sonnet-3.7", None, False,
    ),
}  # fmt: skip

UNKNOWN = [
    ("AWS", "USE1-Guardrail-ContentPolicyUnits|Amazon Bedrock"),
    ("Microsoft", "Image-Dall-E-3 Std LowRes-regnl EP Images|Azure OpenAI"),
    ("Google Cloud", "Gemini 3 Flash Text Input Caching Storage|Vertex AI"),
    ("Google Cloud", "Translation LLM Input Characters|Vertex AI"),
    ("Google Cloud", "AI Dev Tools: Claude Sonnet 4.5 Input Tokens|Vertex AI"),
    ("Anthropic, PBC", "Claude Consumption Unit|Claude Platform on AWS"),
    ("OpenAI", "web search tool calls|OpenAI API"),
]

GATEWAY_NAMES = {
    "bedrock/us.anthropic.claude-3-5-sonnet-20240620-v1:0": "claude-sonnet-3.5",
    "anthropic/claude-sonnet-4-20250514": "claude-sonnet-4",
    "claude-opus-4-1@20250805": "claude-opus-4.1",
    "azure/gpt-4o-2024-11-20": "gpt-4o",
    "gpt-35-turbo": "gpt-3.5-turbo",
    "vertex_ai/gemini-2.5-pro": "gemini-2.5-pro",
    "gemini-2.0-flash-lite-001": "gemini-2.0-flash-lite",
    "amazon.nova-lite-v1:0": "nova-lite",
    "meta.llama3-1-70b-instruct-v1:0": "llama-3.1-70b",
    "vertex_ai/meta/llama-3.1-405b-instruct-maas": "llama-3.1-405b",
    "vertex_ai/meta/llama-4-maverick-17b-128e-instruct-maas": "llama-4-maverick",
    "us.meta.llama4-scout-17b-instruct-v1:0": "llama-4-scout",
    "azure_ai/Meta-Llama-3.1-405B-Instruct": "llama-3.1-405b",
    "azure_ai/Llama-3.3-70B-Instruct": "llama-3.3-70b",
    "vertex_ai/mistral-large-2411@001": "mistral-large-2411",
    "mistral.mistral-large-2407-v1:0": "mistral-large-2407",
    "azure_ai/mistral-medium-2505": "mistral-medium-2505",
    "vertex_ai/mistral-medium-3@001": "mistral-medium-3",
    "vertex_ai/codestral-2501@001": "codestral-2501",
    "vertex_ai/claude-sonnet-4-5@20250929": "claude-sonnet-4.5",
    "openrouter/mistral-large": "mistral-large",
}

APART = ["gpt-4o-audio-preview", "gpt-4o-mini-tts", "claude-sonnet-5x-lab", "o1000"]
"""Models that begin as another does and are none of them."""

Recognised = tuple[str, str, str | None, bool]


class Patterns:
    """The reference's patterns, tried as the models try them."""

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        file = read_csv(PROJECT_SEEDS / "reference" / "ai_model_patterns.csv")
        self.engine = engine
        self.rows = sorted(
            (dict(zip(file.header, texts, strict=True)) for _, texts in file.rows),
            key=lambda row: (int(row["precedence"]), row["pattern_id"]),
        )

    def first(self, reads: str, provider: str, text: str) -> tuple[dict[str, str], str] | None:
        for row in self.rows:
            if row["reads"] != reads or row["service_provider"].lower() not in ("", provider.lower()):
                continue
            pattern = row["name_pattern"]
            if self._value("select regexp_matches(?, ?)", text.lower(), pattern):
                name = row["model"]
                for group in (1, 2, 3):
                    found = self._value(f"select regexp_extract(?, ?, {group})", text.lower(), pattern + "()()()")
                    name = name.replace(f"{{{group}}}", str(found))
                return row, name.strip().lower()
        return None

    def model(self, provider: str, name: str) -> str:
        found = self.first("model", provider, name)
        return found[1] if found else name

    def meter(self, provider: str, text: str) -> Recognised | None:
        found = self.first("bill", provider, text)
        if found is None:
            return None
        row, name = found
        return row["provider"], self.model(row["provider"], name), row["token_class"] or None, row["is_batch"] == "true"

    def _value(self, sql: str, *values: str) -> object:
        row = self.engine.execute(sql, list(values)).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture(scope="module")
def patterns() -> Iterator[Patterns]:
    with duckdb.connect() as engine:
        yield Patterns(engine)


def test_meters_of_every_provider_name_their_model_and_what_they_count(patterns: Patterns) -> None:
    assert {meter: patterns.meter(*meter) for meter in METERS} == METERS


def test_what_is_not_counted_in_tokens_is_no_model(patterns: Patterns) -> None:
    assert [patterns.meter(*meter) for meter in UNKNOWN] == [None] * len(UNKNOWN)


def test_names_that_gateways_write_come_to_the_names_of_the_bills(patterns: Patterns) -> None:
    assert {name: patterns.model("any", name) for name in GATEWAY_NAMES} == GATEWAY_NAMES


def test_models_that_begin_alike_stay_apart(patterns: Patterns) -> None:
    assert [patterns.model("any", name) for name in APART] == APART
