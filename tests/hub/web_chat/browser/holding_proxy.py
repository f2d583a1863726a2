"""A proxy that holds answers back until they are whole, as some do in companies and before web servers."""

import socket
import threading
from functools import partial
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_OF_ONE_CONNECTION = {"transfer-encoding", "connection", "content-length", "content-encoding"}
_NO_BODY = (204, 304)
_PAGE = {"Content-Type": "text/html"}


class _Held(BaseHTTPRequestHandler):
    def __init__(self, proxy: "HoldingProxy", *rest: Any) -> None:
        self.proxy = proxy
        super().__init__(*rest)

    def _pass_on(self) -> None:
        self.proxy.asked.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_ONE_CONNECTION}
        if self.proxy.refuses_streams and self.path.endswith("/stream"):
            self._answer(403, _PAGE, b"<h1>Blocked by policy</h1>")
            return
        try:
            told = self.proxy.fetched(self.command, self.path, headers, body)
        except TimeoutError:
            told = (504, _PAGE, b"<h1>Gateway timeout</h1>")
        except (OSError, HTTPException):
            self.close_connection = True  # the proxy is closed, or the hub is
            return
        self._answer(*told)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status not in _NO_BODY:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if status in _NO_BODY else body)
        except ConnectionError:
            self.close_connection = True

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def log_message(self, format: str, *rest: Any) -> None:  # the base class names it so
        return


class HoldingProxy:
    """Stands before a hub; an event stream, which never ends, never gets through it.

    Attributes:
        asked: the paths that were asked for.
        patience_s: how long it waits for an answer before it says that the gateway timed out.
        refuses_streams: it answers a stream with a page of its own.
    """

    def __init__(self, hub_port: int, patience_s: float = 60.0, *, refuses_streams: bool = False) -> None:
        self.hub_port = hub_port
        self.patience_s = patience_s
        self.refuses_streams = refuses_streams
        self.asked: list[str] = []
        self._under_way: set[HTTPConnection] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Held, self))
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def fetched(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """The hub's whole answer."""
        connection = HTTPConnection("127.0.0.1", self.hub_port, timeout=self.patience_s)
        connection.connect()
        self._under_way.add(connection)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _OF_ONE_CONNECTION}
            return answer.status, kept, answer.read()
        finally:
            self._under_way.discard(connection)
            connection.close()

    def close(self) -> None:
        """Let go of what is held back, and of everybody who waits."""
        self._server.shutdown()
        self._thread.join()
        for connection in list(self._under_way):
            if connection.sock is not None:
                connection.sock.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
