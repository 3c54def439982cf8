"""Who makes a call, whose it is, the most it can use and what it has used: from the shapes that LiteLLM hands over."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.gateway.calls import CallRefused, bound_of, caller_of, identified, key_hash, provider_of, tokens_of
from orchestration.gateway.rules import REMEMBERED_MODELS, Identifier, ModelName, Price, Rules, Settings

DATES = {"valid_from": "2026-01-01", "valid_to": "9999-12-31"}
SETTINGS = Settings(when_unreadable="closed", output_tokens=100, attachment_tokens=1000, hold_minutes=10, **DATES)
RULES = Rules(
    "r",
    "now",
    (SETTINGS,),
    identifiers=(
        Identifier(kind="cost_centre", value="cc-1", product="shop", **DATES),
        Identifier(kind="cost_centre", value="gone", valid_from="2020-01-01", valid_to="2026-01-01"),
        Identifier(kind="team", value="search", **DATES),
    ),
).on(dt.date(2026, 5, 20))


def key(**attributes: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"token": None, "metadata": {}, "team_metadata": None, **attributes})


def test_what_the_key_says_counts_before_the_request_and_the_request_before_its_headers():
    data = {
        "metadata": {"requester_metadata": {"cost_center": "cc-1", "Workflow": "w", "product": "p"}},
        "proxy_server_request": {"headers": {"x-tieout-use-case": "u", "x-tieout-product": "q", "x-other": "no"}},
    }
    caller = caller_of(key(metadata={"cost-centre": "CC-1"}, team_id="t", team_alias="Search", token="a" * 64), data)
    assert (caller.cost_centre, caller.team, caller.workflow, caller.use_case, caller.product) == (
        "CC-1",
        "Search",
        "w",
        "u",
        "p",
    )
    assert caller.key == "a" * 64
    assert caller.contradiction == ""


def test_a_request_cannot_name_another_cost_centre_than_its_key():
    caller = caller_of(key(metadata={"cost_centre": "CC-1"}), {"metadata": {"cost_centre": "CC-2"}})
    with pytest.raises(CallRefused, match="'CC-2' in the request's metadata, while the key's metadata has 'CC-1'"):
        identified(caller, RULES)


@pytest.mark.parametrize(
    ("metadata", "code", "text"),
    [
        ({}, "cost_centre_missing", "no cost centre in the key's metadata"),
        ({"cost_centre": "cc1"}, "cost_centre_unknown", "Did you mean 'cc-1'?"),
        ({"cost_centre": "gone"}, "cost_centre_unknown", "'gone' in the request's metadata"),
        ({"cost_centre": ["cc-1"]}, "cost_centre_missing", "x-tieout-cost-centre"),
    ],
)
def test_a_call_that_nothing_valid_identifies_is_refused_with_what_was_found(metadata, code, text):
    with pytest.raises(CallRefused, match="expected the id or cost centre of a domain") as refused:
        identified(caller_of(key(), {"metadata": metadata}), RULES)
    assert refused.value.code == code
    assert text in str(refused.value)


def test_a_consumer_that_policy_knows_needs_no_cost_centre():
    assert identified(caller_of(key(team_id="SEARCH"), {}), RULES).kind == "team"
    assert identified(caller_of(key(metadata={"cost_centre": " cc-1 "}), {}), RULES).product == "shop"


def test_keys_are_known_by_their_hash_only():
    assert caller_of(key(api_key="sk-secret"), {}).key == key_hash("sk-secret")
    assert "secret" not in repr(caller_of(key(api_key="sk-secret"), {}))
    assert caller_of(None, {}).key == ""


def test_a_bound_holds_every_byte_of_the_question_and_every_answer():
    text = "ä" * 50
    bound = bound_of(
        "acompletion", {"messages": [{"role": "user", "content": text}], "max_tokens": 7, "n": 3}, SETTINGS
    )
    assert bound is not None
    assert bound.input_tokens >= 100
    assert bound.output_tokens == 21
    assert bound.impose is None
    unbounded = bound_of("aresponses", {"input": "x"}, SETTINGS)
    assert unbounded is not None
    assert (unbounded.output_tokens, unbounded.impose) == (100, ("max_output_tokens", 100))
    embedding = bound_of("aembedding", {"input": ["abc", [1, 22]]}, SETTINGS)
    assert embedding is not None
    assert embedding.tokens == 6
    assert bound_of("aimage_generation", {"prompt": "x"}, SETTINGS) is None


def test_what_a_call_refers_to_is_allowed_for_and_not_measured():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 100_000}}
    content = [{"type": "text", "text": "what is it?"}, picture]
    bound = bound_of("acompletion", {"messages": [{"role": "user", "content": content}]}, SETTINGS)
    assert bound is not None
    assert 1000 < bound.input_tokens < 1200
    earlier = bound_of("responses", {"input": "go on", "previous_response_id": "r"}, SETTINGS)
    assert earlier is not None
    assert earlier.input_tokens == 1005


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_no_text_has_more_tokens_than_its_bound(text):
    bound = bound_of("acompletion", {"messages": [{"role": "user", "content": text}]}, SETTINGS)
    assert bound is not None
    assert bound.input_tokens >= len(text.encode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        # OpenAI's form: cached among the prompt, reasoning among the completion
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "prompt_tokens_details": {"cached_tokens": 60, "cache_creation_tokens": 10},
                "completion_tokens_details": {"reasoning_tokens": 20},
            },
            (30, 60, 10, 30, 20),
        ),
        # Anthropic's own words: the prompt is without them
        (
            {"input_tokens": 5, "output_tokens": 9, "cache_read_input_tokens": 70, "cache_creation_input_tokens": 3},
            (5, 70, 3, 9, 0),
        ),
        ({"prompt_tokens": 4, "completion_tokens": None, "prompt_tokens_details": None}, (4, 0, 0, 0, 0)),
        ({}, (0, 0, 0, 0, 0)),
    ],
)
def test_kinds_of_token_never_overlap(usage, expected):
    assert tuple(tokens_of(usage).values()) == expected
    assert tuple(tokens_of(SimpleNamespace(**usage)).values()) == expected


def test_a_model_is_priced_by_the_first_pattern_that_is_found_in_its_name():
    names = (
        ModelName(only_provider="aws", pattern=r"claude", provider="aws", model="claude-on-aws", **DATES),
        ModelName(only_provider="", pattern=r"^(gpt-[0-9a-z]+)(-\d{4}-\d\d-\d\d)?$", provider="", model="{1}", **DATES),
    )
    prices = tuple(
        Price(provider="openai", model="gpt-5", token_class=kind, price_per_million="1", currency="USD", **DATES)
        for kind in ("input", "output")
    )
    of_day = Rules("r", "", (SETTINGS,), prices=prices, model_names=names).on(dt.date(2026, 5, 20))
    assert of_day.priced_as("OpenAI", "GPT-5-2026-01-31") == ("openai", "gpt-5")
    assert of_day.priced_as("aws", "eu.anthropic.claude-x") == ("aws", "claude-on-aws")
    assert of_day.priced_as("openai", "claude") == ("openai", "claude")
    assert of_day.prices_of("openai", "gpt-5-2026-01-31", "USD") is not None
    assert of_day.prices_of("openai", "gpt-5", "EUR") is None
    for number in range(2 * REMEMBERED_MODELS):
        of_day.priced_as("openai", f"made-up-{number}")
    assert len(of_day._priced_as) <= REMEMBERED_MODELS, "names that callers make up are not kept without end"


def test_rules_are_read_as_they_were_written():
    rules = Rules("r", "now", (SETTINGS,), elsewhere=(("team", "search", "tokens", "2026-05-01", 5),))
    assert Rules.of_text(rules.text()) == rules
    for text in ("", "[]", '{"format": 2}', '{"format": 1}'):
        with pytest.raises(ValueError, match=r"not|format|Expecting"):
            Rules.of_text(text)


PROVIDERS = (
    "bedrock_converse",
    "azure_ai",
    "vertex_ai_beta",
    "gemini",
    "anthropic",
    "text-completion-openai",
    "mistral",
)


def test_providers_are_named_as_the_models_name_them():
    from orchestration.versions import PROJECT

    macro = (PROJECT / "macros/ai/ai_provider.sql").read_text()
    sql = macro[macro.index("    case\n") : macro.index("{%- endmacro %}")].replace("{{ name }}", "name")
    for name in PROVIDERS:
        [(expected,)] = duckdb.sql(f"select {sql} from (select '{name}' as name)").fetchall()
        assert provider_of(name) == expected


def test_what_runs_in_the_proxy_imports_nothing_of_tieouts_dependencies():
    script = (
        "import sys, orchestration.gateway.state, orchestration.gateway.rotating_log, orchestration.gateway.folder\n"
        "heavy = {'duckdb', 'dagster', 'dbt', 'pyarrow', 'pydantic', 'yaml', 'typer'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
