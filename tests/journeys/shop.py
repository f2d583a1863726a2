"""A shop's page on an origin of its own that embeds the chat."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Juniper &amp; Sail</title>
<h1>Halo cabin case</h1><p>1,490 kr</p>{script}</html>"""


class Shop:
    """The page; ``embed`` gives it the script tag.

    Attributes:
        origin: another one than the hub's.
    """

    def __init__(self, port: int) -> None:
        self.origin = f"http://localhost:{port}"
        self.script = ""

    def embed(self, hub: str, widget: str) -> str:
        """Put the chat on the page; answers the page's address."""
        self.script = f'<script async src="{hub}/chat/loader.js" data-inbox="{widget}"></script>'
        return self.origin + "/"


@contextmanager
def opened_shop() -> Iterator[Shop]:
    """Serve the page while the block runs."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            body = PAGE.format(script=shop.script).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # http.server's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    shop = Shop(server.server_port)
    thread = threading.Thread(target=server.serve_forever, name="shop")
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
