"""Listens on this machine, and on no other's behalf: whom a page of elsewhere sends here is turned away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import unquote

from tamspec.diagnostics import TamspecError
from tamspec.preview.pages import EVENTS, Reply, Shown, answer

ADDRESS = "127.0.0.1"
_NAMES = (ADDRESS, "localhost")
"""What this machine calls itself. Behind any other name may be somebody else's page, which must not read ours."""
_PLAIN = "text/plain; charset=utf-8"
_PATIENCE = 15.0
"""Seconds after which a page that waits is told that we are still here, and we hear whether it is."""


class Server(ThreadingHTTPServer):
    """Answers with the state that it was given last; who waits for the next one hears of it."""

    daemon_threads = True

    def __init__(self, port: int, shown: Shown) -> None:
        self._shown = shown
        self._changed = threading.Condition()
        super().__init__((ADDRESS, port), _Handler)

    def server_bind(self) -> None:
        """Without asking what the address is called, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    @property
    def shown(self) -> Shown:
        """The state that is shown now."""
        return self._shown

    def show(self, shown: Shown) -> None:
        """Show another state from now on."""
        with self._changed:
            self._shown = shown
            self._changed.notify_all()

    def after(self, state: str) -> str:
        """The name of the next state that is not this one; the same where there is none for a while."""
        with self._changed:
            self._changed.wait_for(lambda: self._shown.state != state, _PATIENCE)
            return self._shown.state

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away amid an answer is no news; mistakes of ours are answered, not printed."""


@contextmanager
def listening(port: int, shown: Shown) -> Iterator[Server]:
    """A server on a port of this machine, 0 for any that is free, until the end of the block."""
    try:
        server = Server(port, shown)
    except OSError as error:
        raise TamspecError(
            f"Nothing can listen on port {port} of this machine: {error.strerror}.\n"
            "Name another with --port; --port 0 takes one that is free."
        ) from error
    with server:
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """Answer with a page."""
        if self._is_ours():
            path = unquote(self.path.partition("?")[0]).removeprefix("/")
            self._events() if path == EVENTS else self._reply(self._answer(path))

    def do_HEAD(self) -> None:
        """The same without the page."""
        self.do_GET()

    def _refuse(self) -> None:
        self.close_connection = True  # what else the request holds is not read
        self._reply(_plain(HTTPStatus.METHOD_NOT_ALLOWED, "Pages can only be read here."))

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815

    def _is_ours(self) -> bool:
        """Whether it was asked for under a name of this machine."""
        hosts = self.headers.get_all("Host", [])
        if len(hosts) == 1 and hosts[0].partition(":")[0].lower() in _NAMES:
            return True
        self.close_connection = True
        self._reply(_plain(HTTPStatus.FORBIDDEN, f"This page is only for who asks for {ADDRESS} or localhost."))
        return False

    def _answer(self, path: str) -> Reply:
        try:
            return answer(self.server.shown, path)
        except Exception as error:  # noqa: BLE001 - the last resort: a bug is told in one sentence, never as a traceback
            told = str(error).removeprefix("this is a bug in tamspec: ")
            sentence = f"This is a bug in tamspec ({type(error).__name__}: {told}). Please report it."
            return _plain(HTTPStatus.INTERNAL_SERVER_ERROR, sentence)

    def _reply(self, reply: Reply) -> None:
        body = reply.text.encode(errors="replace")
        self._begin(reply.status, reply.kind)
        if reply.location:
            self.send_header("Location", reply.location)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _events(self) -> None:
        """Tell the name of the state that is shown, and of each that follows, until nobody listens any more."""
        self.close_connection = True
        self._begin(HTTPStatus.OK, "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        told = self.server.shown.state
        self.wfile.write(f"retry: 500\ndata: {told}\n\n".encode())
        while True:
            state = self.server.after(told)
            self.wfile.write(f"data: {state}\n\n".encode() if state != told else b":\n\n")
            told = state

    def _begin(self, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A request that is none, in one sentence."""
        self.close_connection = True
        self._reply(_plain(code, f"{explain or message or HTTPStatus(code).phrase}."))

    def version_string(self) -> str:
        """What we call ourselves: nobody needs to know more."""
        return "tamspec"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is for what matters."""


def _plain(status: int, sentence: str) -> Reply:
    return Reply(status=status, kind=_PLAIN, text=f"{sentence}\n")
