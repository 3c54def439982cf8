"""A LiteLLM proxy on loopback with Tieout's plug-in, and a client for it."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.python.gateway.environment import PROJECT, gateway_environment
from tests.python.servers import SECONDS

SECONDS_TO_START = 600
MOST_STARTS = 5
CALLBACKS = ("orchestration.gateway.plugin.handler",)


@dataclass(frozen=True)
class Answer:
    """What the proxy said."""

    status: int
    content: Any
    headers: dict[str, str]

    @property
    def error(self) -> str:
        """The text of an error."""
        return json.dumps(self.content, ensure_ascii=False)


@dataclass(frozen=True)
class Proxy:
    """Running proxies that share a folder, as the workers of one do; calls are handed out in turn.

    Attributes:
        processes: their processes.
        ports: on loopback.
        logs: what each printed.
    """

    processes: tuple[subprocess.Popen[bytes], ...]
    ports: tuple[int, ...]
    logs: tuple[Path, ...]
    turns: Iterator[int]

    def chat(self, key: str, wish: dict[str, Any] | str, **more: Any) -> Answer:
        """Make a chat call whose prompt is a wish to the provider."""
        content = wish if isinstance(wish, str) else json.dumps(wish)
        headers = more.pop("headers", {})
        body = {"model": "small", "messages": [{"role": "user", "content": content}], **more}
        return self.post("/v1/chat/completions", key, body, headers)

    def post(self, path: str, key: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Answer:
        """Make a call."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[next(self.turns)], timeout=300)
        sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **(headers or {})}
        try:
            connection.request("POST", path, json.dumps(body).encode(), sent)
            response = connection.getresponse()
            text = response.read().decode()
            try:
                content = json.loads(text)
            except ValueError:
                content = text
            return Answer(response.status, content, {name.lower(): value for name, value in response.getheaders()})
        finally:
            connection.close()


@contextmanager
def proxy(
    folder: Path,
    gateway: Path,
    provider_address: str,
    keys: dict[str, dict[str, Any]],
    *,
    workers: int = 1,
    callbacks: tuple[str, ...] = CALLBACKS,
    environment: dict[str, str] | None = None,
) -> Iterator[Proxy]:
    """Run proxies until the block ends; nothing is fetched from anywhere.

    Args:
        folder: for its configuration and log.
        gateway: the folder in which Tieout and the gateway meet.
        provider_address: where its models are answered, without a path.
        keys: key → what LiteLLM knows of it.
        workers: how many, which share the folder.
        callbacks: plug-ins.
        environment: further variables.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).parent / "proxy_keys.py", folder)
    (folder / "keys.json").write_text(json.dumps(keys))
    deployment = {"api_base": f"{provider_address}/v1", "api_key": "none"}
    claude = {"model": "anthropic/claude-sonnet-4-6", "api_base": provider_address, "api_key": "none"}
    config = {
        "model_list": [
            {"model_name": "small", "litellm_params": {"model": "openai/gpt-4o-mini", **deployment}},
            {"model_name": "claude", "litellm_params": claude},
            {"model_name": "embed", "litellm_params": {"model": "openai/text-embedding-3-small", **deployment}},
            {"model_name": "unpriced", "litellm_params": {"model": "openai/unheard-of", **deployment}},
            {"model_name": "mocked", "litellm_params": {"model": "openai/gpt-4o-mini", "mock_response": "yes"}},
        ],
        "litellm_settings": {"callbacks": list(callbacks), "num_retries": 0, "telemetry": False},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"custom_auth": "proxy_keys.user_api_key_auth"},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(PROJECT),
        "TIEOUT_GATEWAY": str(gateway),
        "GATEWAY_TEST_KEYS": str(folder / "keys.json"),
        "LITELLM_MASTER_KEY": f"sk-{secrets.token_hex(16)}",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_MODE": "PRODUCTION",
        "NO_PROXY": "127.0.0.1",
        # LiteLLM reads a stream that it passes through when it comes from this host; the provider stands in for it
        "ANTHROPIC_API_BASE": "http://api.anthropic.com",
        "HTTP_PROXY": provider_address,
        "AIOHTTP_TRUST_ENV": "True",
        "ANTHROPIC_API_KEY": "none",
        **(environment or {}),
    }
    workers_of = [Worker(folder, number, variables) for number in range(workers)]
    try:
        for worker in workers_of:
            worker.start()
        deadline = time.monotonic() + SECONDS_TO_START
        for worker in workers_of:
            worker.wait(deadline)
        yield Proxy(
            tuple(worker.process for worker in workers_of),
            tuple(worker.port for worker in workers_of),
            tuple(worker.log for worker in workers_of),
            itertools.cycle(range(workers)),
        )
    finally:
        for worker in workers_of:
            worker.stop()


class Worker:
    """A proxy's process.

    Args:
        folder: with its configuration.
        number: which of its kind it is.
        variables: its environment.
    """

    process: subprocess.Popen[bytes]
    port: int

    def __init__(self, folder: Path, number: int, variables: dict[str, str]) -> None:
        self.log = folder / f"proxy-{number}.log"
        self._folder = folder
        self._variables = variables
        self._starts = 0

    def start(self) -> None:
        """Start it on a free port."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._starts += 1
        command = [
            str(gateway_environment() / "litellm"),
            *("--config", str(self._folder / "config.yaml"), "--host", "127.0.0.1", "--port", str(self.port)),
            *("--telemetry", "False"),
        ]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._variables,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, deadline: float) -> None:
        """Return when it answers; somebody else may have taken its port in between, then it is given another."""
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                text = self.log.read_text(errors="replace")[-4000:]
                assert "address already in use" in text and self._starts < MOST_STARTS, (
                    f"the proxy ended with {self.process.returncode}\n{text}"
                )
                self.start()
            if self._answers():
                return
            time.sleep(0.2)
        raise AssertionError(f"the proxy did not answer\n{self.log.read_text(errors='replace')[-4000:]}")

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health/liveliness")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """End it as a supervisor does: its files are finished."""
        process = getattr(self, "process", None)
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a proxy at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(SECONDS)
