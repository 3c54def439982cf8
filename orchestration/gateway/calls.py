"""What a call says of itself: who makes it, the most it can use, and what it has used.

The shapes are LiteLLM's; nothing of it is imported, so that they can be tested without it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from orchestration.gateway.rules import Identifier, RulesOfDay, Settings, folded

KINDS = ("key", "team", "workflow", "use_case", "product", "cost_centre")
"""Attributes of a call that budgets, limits and consumers can name."""
TOKEN_CLASSES = ("input", "cached", "cache_write", "output", "reasoning")
HEADER = "x-tieout-"
"""Headers that say an attribute: ``x-tieout-cost-centre``, ``x-tieout-workflow``, …"""

_SPELLINGS = {
    "costcentre": "cost_centre",
    "costcenter": "cost_centre",
    "team": "team",
    "workflow": "workflow",
    "usecase": "use_case",
    "product": "product",
}
_HASH = re.compile(r"[0-9a-f]{64}")
_INPUT_FIELDS = (
    "messages",
    "system",
    "tools",
    "functions",
    "response_format",
    "prompt",
    "suffix",
    "input",
    "instructions",
    "text",
    "query",
    "documents",
    "thinking",
)
_REFERENCES = ("previous_response_id", "conversation", "prompt_id", "container")
_ATTACHED = (
    "image_url",
    "input_image",
    "image",
    "image_file",
    "file",
    "input_file",
    "input_audio",
    "video_url",
    "document",
    "container_upload",
)
_TOOL_PROMPT_TOKENS = 1_000
"""Tokens that providers add of their own to a call that brings tools."""
_OUTPUT_BOUND = {
    "completion": "max_tokens",
    "acompletion": "max_tokens",
    "text_completion": "max_tokens",
    "atext_completion": "max_tokens",
    "anthropic_messages": "max_tokens",
    "aanthropic_messages": "max_tokens",
    "responses": "max_output_tokens",
    "aresponses": "max_output_tokens",
}
"""Types of calls that answer in tokens, and the field that bounds them."""
_OUTPUT_FIELDS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "max_tokens_to_sample")
_WITHOUT_OUTPUT = ("embedding", "embeddings", "aembedding", "moderation", "amoderation", "rerank", "arerank")


@dataclass(frozen=True)
class Caller:
    """Who makes a call.

    Attributes:
        key: SHA-256 of the key, as LiteLLM keeps it; '' without one.
        stated_in: where each attribute was found.
        contradiction: what the call says of its cost centre against its key; '' when nothing.
    """

    key: str = ""
    team: str = ""
    workflow: str = ""
    use_case: str = ""
    product: str = ""
    cost_centre: str = ""
    stated_in: Mapping[str, str] | None = None
    contradiction: str = ""

    def consumers(self) -> list[tuple[str, str]]:
        """Return kind and compared form of what the caller is known by."""
        return [(kind, value) for kind in KINDS if (value := folded(getattr(self, kind)))]


@dataclass(frozen=True)
class Bound:
    """The most that a call can use.

    Attributes:
        input_tokens: what it holds in bytes, since a token is a byte at least, and an allowance for what it refers to.
        output_tokens: over all answers.
        impose: field and value to add to the call, when it stated no bound of its own.
    """

    input_tokens: int
    output_tokens: int
    impose: tuple[str, int] | None = None

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens


class CallRefused(Exception):  # noqa: N818 - what is told to the caller
    """A call that is not let through.

    Attributes:
        code: stable name of the reason.
        status: HTTP status.
        retry_after: seconds after which trying again makes sense; None when it does not.
    """

    def __init__(
        self, code: str, status: int, *, found: str, expected: str, cure: str, retry_after: int | None = None
    ) -> None:
        self.code = code
        self.status = status
        self.found = found
        self.expected = expected
        self.cure = cure
        self.retry_after = retry_after
        super().__init__(f"found {found}; expected {expected}. {cure}")

    def detail(self) -> dict[str, str]:
        """Return what the caller is told, for programs."""
        return {
            "error": f"Tieout: {self}",
            "code": self.code,
            "found": self.found,
            "expected": self.expected,
            "cure": self.cure,
        }


def caller_of(key: Any, data: Mapping[str, Any]) -> Caller:
    """Return who makes a call.

    What the key or its team says counts before what the call says in its metadata, and that before its headers.

    Args:
        key: LiteLLM's ``UserAPIKeyAuth``.
        data: the call as the proxy's hooks see it.
    """
    team = _attributes(getattr(key, "team_metadata", None))
    for name in ("team_alias", "team_id"):
        if value := getattr(key, name, None):
            team["team"] = str(value)
            break
    stated: dict[str, str] = {}
    for metadata in (data.get("litellm_metadata"), data.get("metadata")):
        if isinstance(metadata, Mapping):
            for part in (metadata.get("requester_metadata"), metadata.get("spend_logs_metadata"), metadata):
                stated = {**_attributes(part), **stated}
    request = data.get("proxy_server_request")
    headers = request.get("headers") if isinstance(request, Mapping) else None
    places = (
        ("the key's metadata", _attributes(getattr(key, "metadata", None))),
        ("the key's team", team),
        ("the request's metadata", stated),
        ("the request's headers", _attributes(headers, HEADER)),
    )
    found: dict[str, str] = {}
    stated_in: dict[str, str] = {}
    contradiction = ""
    for place, attributes in places:
        for name, value in attributes.items():
            if name not in found:
                found[name], stated_in[name] = value, place
            elif name == "cost_centre" and folded(value) != folded(found[name]) and place.startswith("the request"):
                contradiction = contradiction or f"'{value}' in {place}, while {stated_in[name]} has '{found[name]}'"
    secret = str(getattr(key, "token", None) or getattr(key, "api_key", None) or "")
    return Caller(key=key_hash(secret), stated_in=stated_in, contradiction=contradiction, **found)


def key_hash(secret: str) -> str:
    """Return the SHA-256 of a key; what is one already stays."""
    return secret if not secret or _HASH.fullmatch(secret) else hashlib.sha256(secret.encode()).hexdigest()


def _attributes(metadata: Any, prefix: str = "") -> dict[str, str]:
    """Return the attributes of calls in a mapping, under any spelling, where they are texts."""
    found: dict[str, str] = {}
    if isinstance(metadata, Mapping):
        for name, value in metadata.items():
            text = str(name).lower()
            if text.startswith(prefix) and isinstance(value, str | int) and not isinstance(value, bool):
                attribute = _SPELLINGS.get(re.sub(r"[^a-z]", "", text[len(prefix) :]))
                if attribute is not None and str(value).strip():
                    found.setdefault(attribute, str(value).strip())
    return found


def identified(caller: Caller, rules: RulesOfDay) -> Identifier:
    """Return what says whose a call is.

    Raises:
        CallRefused: nothing valid does.
    """
    expected = "the id or cost centre of a domain in cost_domains.csv, or an entry of ai_consumers.csv, in force today"
    if caller.contradiction:
        raise CallRefused(
            "cost_centre_contradicts",
            400,
            found=f"the cost centre {caller.contradiction}",
            expected="the cost centre that the key is bound to, or none",
            cure="Leave the cost centre out of the request, or use a key of the other cost centre.",
        )
    if caller.cost_centre:
        known = rules.by_identifier.get(("cost_centre", folded(caller.cost_centre)))
        if known is not None:
            return known
        names = [value for kind, value in rules.by_identifier if kind == "cost_centre"]
        close = get_close_matches(folded(caller.cost_centre), names, n=1, cutoff=0.75)
        place = (caller.stated_in or {}).get("cost_centre", "the call")
        raise CallRefused(
            "cost_centre_unknown",
            400,
            found=f"the cost centre '{caller.cost_centre[:80]}' in {place}",
            expected=expected,
            cure=f"Did you mean '{close[0]}'?" if close else "Correct it, or have Finance add and publish it.",
        )
    for kind, value in caller.consumers():
        known = rules.by_identifier.get((kind, value))
        if known is not None:
            return known
    raise CallRefused(
        "cost_centre_missing",
        400,
        found="no cost centre in the key's metadata, its team's, the request's metadata or its headers",
        expected=expected,
        cure='Send metadata {"cost_centre": …} or the header x-tieout-cost-centre, or bind the key to a cost centre.',
    )


def bound_of(call_type: str, data: Mapping[str, Any], settings: Settings) -> Bound | None:
    """Return the most that a call can use; None for calls that tokens do not bound (images, speech, batches, …)."""
    impose: tuple[str, int] | None = None
    output = 0
    if call_type in _OUTPUT_BOUND:
        answers = max(_whole(data.get("n")) or 1, _whole(data.get("best_of")) or 1)
        stated = [bound for field in _OUTPUT_FIELDS if (bound := _whole(data.get(field))) is not None]
        if not stated:
            impose = (_OUTPUT_BOUND[call_type], settings.output_tokens)
        output = answers * max(stated, default=settings.output_tokens)
    elif call_type not in _WITHOUT_OUTPUT:
        return None
    size, attached = _size([data.get(field) for field in _INPUT_FIELDS])
    attached += sum(1 for field in _REFERENCES if data.get(field))
    tools = _TOOL_PROMPT_TOKENS if data.get("tools") or data.get("functions") else 0
    return Bound(size + attached * settings.attachment_tokens + tools, output, impose)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _size(content: Any) -> tuple[int, int]:
    """Return the bytes of all text in a request's content, names of fields included, and the number of attachments."""
    size = attached = 0
    left = [content]
    while left:
        node = left.pop()
        if isinstance(node, str):
            if node.startswith("data:"):
                attached += 1
            else:
                size += len(node) if node.isascii() else len(node.encode("utf-8", "replace"))
        elif isinstance(node, Mapping):
            source = node.get("source")
            is_text = isinstance(source, Mapping) and source.get("type") in ("text", "content")
            if node.get("type") in _ATTACHED and not is_text:
                attached += 1
                continue
            size += sum(len(str(name)) for name in node) + 2
            left.extend(node.values())
        elif isinstance(node, list | tuple):
            left.extend(node)
        elif node is not None:
            size += len(str(node))
    return size, attached


def tokens_of(usage: Any) -> dict[str, int]:
    """Return a usage object's tokens by kind, none of which is in another.

    LiteLLM counts cached input among the prompt's and reasoning among the completion's tokens. Where a provider's own
    words come through, the prompt may be without the cached ones: then it is smaller than they are.
    """
    prompt = _count(usage, "prompt_tokens", "input_tokens")
    completion = _count(usage, "completion_tokens", "output_tokens")
    of_prompt = _get(usage, "prompt_tokens_details") or _get(usage, "input_tokens_details")
    of_completion = _get(usage, "completion_tokens_details") or _get(usage, "output_tokens_details")
    cached = _count(of_prompt, "cached_tokens") or _count(usage, "cache_read_input_tokens")
    written = _count(of_prompt, "cache_write_tokens", "cache_creation_tokens") or _count(
        usage, "cache_creation_input_tokens"
    )
    reasoning = min(_count(of_completion, "reasoning_tokens"), completion)
    return {
        "input": prompt if prompt < cached + written else prompt - cached - written,
        "cached": cached,
        "cache_write": written,
        "output": completion - reasoning,
        "reasoning": reasoning,
    }


def provider_of(name: str | None) -> str:
    """Return who bills for a call, whatever LiteLLM calls the road to it."""
    text = folded(name)
    for beginnings, provider in (
        (("bedrock", "sagemaker", "amazon", "aws"), "aws"),
        (("azure", "microsoft"), "azure"),
        (("vertex_ai", "google", "gemini", "palm"), "gcp"),
        (("anthropic",), "anthropic"),
        (("text-completion-openai", "openai_like", "custom_openai"), "openai"),
    ):
        if text.startswith(beginnings):
            return provider
    return text


def _get(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def _count(thing: Any, *names: str) -> int:
    for name in names:
        value = _get(thing, name)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return int(value)
    return 0
