"""A provider on loopback that answers as OpenAI and Anthropic do: what it counts is asked for in the prompt."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple

from tests.python.servers import SECONDS, http_server


@dataclass
class Provider:
    """What was asked of it, and its address."""

    address: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    billed: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Used(NamedTuple):
    """Tokens that are billed: ``prompt`` with those that were cached, ``completion`` with reasoning."""

    prompt: int
    cached: int
    completion: int
    reasoning: int


@contextmanager
def provider() -> Iterator[Provider]:
    """Serve until the block ends.

    A prompt is a JSON object: ``prompt_tokens`` and ``completion_tokens`` that are billed (the latter at most what the
    call allows), ``cached``, ``reasoning``, ``seconds`` to wait, ``status`` to fail with, ``for`` to bill under.
    """
    served = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = SECONDS

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            wish = _wish(body)
            used = _used(body, wish)
            with served.lock:
                served.asked.append({**body, "headers": dict(self.headers), "path": self.path})
                name = str(wish.get("for", ""))
                served.billed[name] = served.billed.get(name, 0) + used.prompt + used.completion
            time.sleep(wish.get("seconds", 0))
            words = _words_of(self.path)
            if wish.get("status"):
                self._answer(wish["status"], {"error": {"message": "no", "type": "server_error"}})
            elif body.get("stream"):
                self._stream(words.events(body, used))
            else:
                self._answer(200, words.answer(body, used))

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _stream(self, events: list[str]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for event in events:
                self.wfile.write(f"{event}\n\n".encode())
            self.close_connection = True

        def log_message(self, *arguments: Any) -> None:
            return

    with http_server(Handler) as address:
        served.address = address
        yield served


class Chat:
    """OpenAI's chat completions."""

    def answer(self, body: dict[str, Any], used: Used) -> dict[str, Any]:
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}}
        return {**self._head(body), "object": "chat.completion", "choices": [choice], "usage": self._usage(used)}

    def events(self, body: dict[str, Any], used: Used) -> list[str]:
        delta = {"index": 0, "delta": {"role": "assistant", "content": "yes"}, "finish_reason": None}
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        parts: list[dict[str, Any]] = [{"choices": [delta]}, {"choices": [end]}]
        parts.append({"choices": [], "usage": self._usage(used)})
        head = {**self._head(body), "object": "chat.completion.chunk"}
        return [*(f"data: {json.dumps({**head, **part})}" for part in parts), "data: [DONE]"]

    def _head(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"id": f"chatcmpl-{_number()}", "created": 1, "model": body["model"]}

    def _usage(self, used: Used) -> dict[str, Any]:
        return {
            "prompt_tokens": used.prompt,
            "completion_tokens": used.completion,
            "total_tokens": used.prompt + used.completion,
            "prompt_tokens_details": {"cached_tokens": used.cached},
            "completion_tokens_details": {"reasoning_tokens": used.reasoning},
        }


class Embeddings(Chat):
    """OpenAI's embeddings."""

    def answer(self, body: dict[str, Any], used: Used) -> dict[str, Any]:
        data = [{"object": "embedding", "index": 0, "embedding": [0.0]}]
        usage = {"prompt_tokens": used.prompt, "total_tokens": used.prompt}
        return {"object": "list", "data": data, "model": body["model"], "usage": usage}


class Responses:
    """OpenAI's responses."""

    def answer(self, body: dict[str, Any], used: Used) -> dict[str, Any]:
        content = [{"type": "output_text", "text": "yes", "annotations": []}]
        message = {"type": "message", "id": "m", "status": "completed", "role": "assistant", "content": content}
        return {
            "id": f"resp_{_number()}",
            "object": "response",
            "created_at": 1,
            "status": "completed",
            "model": body["model"],
            "output": [message],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                "input_tokens": used.prompt,
                "input_tokens_details": {"cached_tokens": used.cached},
                "output_tokens": used.completion,
                "output_tokens_details": {"reasoning_tokens": used.reasoning},
                "total_tokens": used.prompt + used.completion,
            },
        }

    def events(self, body: dict[str, Any], used: Used) -> list[str]:
        whole = self.answer(body, used)
        begun = {**whole, "status": "in_progress", "output": [], "usage": None}
        text = {"item_id": "m", "output_index": 0, "content_index": 0, "delta": "yes"}
        return [
            _event({"type": "response.created", "sequence_number": 0, "response": begun}),
            _event({"type": "response.output_text.delta", "sequence_number": 1, **text}),
            _event({"type": "response.completed", "sequence_number": 2, "response": whole}),
        ]


class Messages:
    """Anthropic's messages: the input is without what was read from a cache."""

    def answer(self, body: dict[str, Any], used: Used) -> dict[str, Any]:
        return {
            "id": f"msg_{_number()}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [{"type": "text", "text": "yes"}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": self._usage(used, used.completion),
        }

    def events(self, body: dict[str, Any], used: Used) -> list[str]:
        begun = {**self.answer(body, used), "content": [], "stop_reason": None, "usage": self._usage(used, 1)}
        end = {"stop_reason": "end_turn", "stop_sequence": None}
        return [
            _event({"type": "message_start", "message": begun}),
            _event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            _event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "yes"}}),
            _event({"type": "content_block_stop", "index": 0}),
            _event({"type": "message_delta", "delta": end, "usage": {"output_tokens": used.completion}}),
            _event({"type": "message_stop"}),
        ]

    def _usage(self, used: Used, answered: int) -> dict[str, int]:
        return {
            "input_tokens": used.prompt - used.cached,
            "cache_read_input_tokens": used.cached,
            "cache_creation_input_tokens": 0,
            "output_tokens": answered,
        }


def _words_of(path: str) -> Chat | Responses | Messages:
    for end, words in (("/embeddings", Embeddings()), ("/responses", Responses()), ("/messages", Messages())):
        if path.partition("?")[0].endswith(end):
            return words
    return Chat()


def _event(content: dict[str, Any]) -> str:
    return f"event: {content['type']}\ndata: {json.dumps(content)}"


def _number() -> str:
    return f"{time.monotonic_ns()}-{threading.get_ident()}"


def _wish(body: dict[str, Any]) -> dict[str, Any]:
    """Return the wish that is in the last text of a call."""
    said = body.get("messages") or body.get("input") or ""
    while isinstance(said, list | dict):
        said = (said[-1] if said else "") if isinstance(said, list) else said.get("content") or said.get("text", "")
    try:
        wish = json.loads(said)
    except (TypeError, ValueError):
        return {}
    return wish if isinstance(wish, dict) else {}


def _used(body: dict[str, Any], wish: dict[str, Any]) -> Used:
    if wish.get("status"):
        return Used(0, 0, 0, 0)
    completion = wish.get("completion_tokens", 5)
    for bound in ("max_tokens", "max_completion_tokens", "max_output_tokens"):
        completion = min(completion, body.get(bound) or completion)
    return Used(wish.get("prompt_tokens", 10), wish.get("cached", 0), completion, wish.get("reasoning", 0))
