"""A real HTTP server that keeps what it was sent, and code of its own to check signatures, as a subscriber would write it."""

import base64
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "127.0.0.1"


class Receiver:
    """Answers what `answers` says next (status, headers, body), then 200. `got` holds (path, headers, body)."""

    def __init__(self):
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list = []
        self.default = (200, {}, b"ok")
        self.before_answer = lambda: None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                receiver.before_answer()
                status, headers, text = receiver.answers.pop(0) if receiver.answers else receiver.default
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                try:
                    self.wfile.write(text)
                except OSError:
                    pass

            def log_message(self, *_words):
                pass

        self.server = ThreadingHTTPServer((HOST, 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/hook?x=1"

    def bodies(self) -> list[dict]:
        return [json.loads(body) for _path, _headers, body in self.got]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def signatures_made_by(secret: str, headers: dict[str, str], body: bytes) -> list[bool]:
    """For each signature of the message: was it made by this secret?"""
    key = base64.b64decode(secret.split("_", 1)[1])
    text = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    ours = base64.b64encode(hmac.digest(key, text, "sha256")).decode()
    return [hmac.compare_digest(each, f"v1,{ours}") for each in headers["webhook-signature"].split(" ")]
