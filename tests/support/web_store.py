"""A web server that keeps values by their path, as plugins/http-backend wants it."""

from __future__ import annotations

import threading
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

ROOT_PATH = "/values"


class WebValues:
    """What such a server has and answers; `status` answers everything where it is set."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.ttls: dict[str, int] = {}
        self.status = 0

    def serve(self, method: str, path: str, body: bytes = b"", ttl: str = "0") -> tuple[int, bytes]:
        """Status and body of an answer."""
        if self.status:
            return self.status, b"as it was told"
        parts = urlsplit(path)
        if parts.path == ROOT_PATH:
            return self._scan(parse_qs(parts.query))
        key = unquote(parts.path.removeprefix(ROOT_PATH + "/"))
        if method == "PUT":
            self.values[key], self.ttls[key] = body, int(ttl)
            return 204, b""
        if key not in self.values:
            return 404, b"none"
        if method == "DELETE":
            del self.values[key]
            return 204, b""
        return 200, self.values[key]

    def _scan(self, query: dict[str, list[str]]) -> tuple[int, bytes]:
        start, count = int(query["cursor"][0]), int(query["count"][0])
        keys = sorted(self.values)[start : start + count]
        end = start + count if start + count < len(self.values) else 0
        found = [key for key in keys if fnmatchcase(key, query["match"][0])]
        lines = [str(end), *(quote(key, safe="") for key in found), ""]
        return 200, "\n".join(lines).encode()


class WebStore(WebValues):
    """The server, on a port of this machine; `heard` are the requests that came."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                ttl = self.headers.get("X-Ttl-Ms", "")
                store.heard.append(f"{self.command} {self.path}")
                status, data = store.serve(self.command, self.path, body, ttl)
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_HEAD = do_PUT = do_DELETE = answer

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}{ROOT_PATH}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
