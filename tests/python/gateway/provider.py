"""A provider on loopback that answers as OpenAI does; what it answers and counts is asked for in the prompt."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Provider:
    """What was asked of it, and its address."""

    address: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    billed: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def provider() -> Iterator[Provider]:
    """Serve until the block ends.

    A prompt is a JSON object: ``prompt_tokens`` and ``completion_tokens`` that are billed (the latter at most what the
    call allows), ``cached``, ``reasoning``, ``seconds`` to wait, ``status`` to fail with, ``for`` to bill under.
    """
    served = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            wish = _wish(body)
            usage = _usage(body, wish)
            with served.lock:
                served.asked.append({**body, "headers": dict(self.headers)})
                name = str(wish.get("for", ""))
                served.billed[name] = served.billed.get(name, 0) + usage["total_tokens"]
            time.sleep(wish.get("seconds", 0))
            if wish.get("status"):
                self._answer(wish["status"], {"error": {"message": "no", "type": "server_error"}})
            elif body.get("stream"):
                self._stream(body, usage)
            elif self.path.endswith("/embeddings"):
                data = [{"object": "embedding", "index": 0, "embedding": [0.0]}]
                self._answer(200, {"object": "list", "data": data, "model": body["model"], "usage": usage})
            else:
                choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}}
                self._answer(200, {**_answer(body), "object": "chat.completion", "choices": [choice], "usage": usage})

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _stream(self, body: dict[str, Any], usage: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            delta = {"index": 0, "delta": {"role": "assistant", "content": "yes"}, "finish_reason": None}
            end = {"index": 0, "delta": {}, "finish_reason": "stop"}
            for more in ({"choices": [delta]}, {"choices": [end]}, {"choices": [], "usage": usage}):
                event = json.dumps({**_answer(body), "object": "chat.completion.chunk", **more})
                self.wfile.write(f"data: {event}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True

        def log_message(self, *arguments: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        served.address = f"http://127.0.0.1:{server.server_port}/v1"
        yield served
        server.shutdown()
        thread.join()


def _answer(body: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"chatcmpl-{time.monotonic_ns()}-{threading.get_ident()}", "created": 1, "model": body["model"]}


def _wish(body: dict[str, Any]) -> dict[str, Any]:
    text = body["messages"][-1]["content"] if "messages" in body else body.get("input", "")
    try:
        wish = json.loads(text)
    except (TypeError, ValueError):
        return {}
    return wish if isinstance(wish, dict) else {}


def _usage(body: dict[str, Any], wish: dict[str, Any]) -> dict[str, Any]:
    prompt, completion = wish.get("prompt_tokens", 10), wish.get("completion_tokens", 5)
    most = body.get("max_tokens", body.get("max_completion_tokens", completion))
    completion = 0 if wish.get("status") else min(completion, most)
    prompt = 0 if wish.get("status") else prompt
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": wish.get("cached", 0)},
        "completion_tokens_details": {"reasoning_tokens": wish.get("reasoning", 0)},
    }
