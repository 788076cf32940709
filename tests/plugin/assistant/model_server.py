"""A language model's server on the wire, as kind or as hostile as a test wants it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Answering = Callable[[BaseHTTPRequestHandler], None]


class ModelServer(ThreadingHTTPServer):
    """Answers every POST by `answering`.

    :ivar seen: what was sent: path, headers, body.
    :ivar stop: set when the test is over; whoever drips must look at it.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        self.stop = Event()
        self.answering: Answering = says(calls("help"))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def sent(self) -> str:
        """All bodies, and all headers but the key's."""
        return "\n".join(
            json.dumps(json.loads(body), ensure_ascii=False) for _path, _headers, body in self.seen
        )

    def question(self) -> Any:
        """The last one."""
        return json.loads(self.seen[-1][2])

    def functions(self) -> dict[str, Any]:
        """Those offered last: name → parameters."""
        return {
            one["function"]["name"]: one["function"]["parameters"]["properties"]
            for one in self.question()["tools"]
        }


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.path, dict(self.headers), body))
        try:
            self.server.answering(self)
        except OSError:
            self.close_connection = True  # whoever asked has gone away

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: Any) -> None:
        """Silent."""


@contextmanager
def serving() -> Iterator[ModelServer]:
    """A server of one's own."""
    server = ModelServer()
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


def calls(function: str, **arguments: Any) -> dict[str, Any]:
    """A function call."""
    told = json.dumps(arguments, ensure_ascii=False)
    return {"type": "function", "id": "1", "function": {"name": function, "arguments": told}}


def message(*called: Any, content: str | None = None) -> bytes:
    """The body of an answer."""
    told = {"role": "assistant", "content": content, "tool_calls": list(called)}
    return json.dumps({"choices": [{"index": 0, "message": told}]}, ensure_ascii=False).encode()


def says(*called: Any) -> Answering:
    """Answers by these calls."""
    return sends(message(*called))


def sends(
    body: bytes, status: int = 200, kind: str = "application/json", **headers: str
) -> Answering:
    """Answers by these bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def drips(handler: Any) -> None:
    """A byte now and then, without end."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    while not handler.server.stop.wait(0.05):
        handler.wfile.write(b" ")


def floods(handler: Any) -> None:
    """Bytes without end."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.stop.is_set():
        handler.wfile.write(b"[" * 65536)


def hangs(handler: Any) -> None:
    """Not a byte."""
    handler.server.stop.wait(60)


def breaks_off(handler: Any) -> None:
    """Half an answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True
