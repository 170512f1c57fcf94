"""An OpenID provider on this machine, whose identity tokens tests sign."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc import jwt
from joserfc.jwk import RSAKey


@dataclass
class Issuer:
    """A running provider.

    key  that signs its tokens, and that it publishes
    """

    url: str
    key: RSAKey

    def token(self, audience: str, *, key: RSAKey | None = None, **claims) -> str:
        now = int(time.time())
        facts = {"iss": self.url, "aud": audience, "sub": "repo:owner/trees", "iat": now, "exp": now + 300}
        signer = key or self.key
        return jwt.encode({"alg": "RS256", "kid": signer.kid}, {**facts, **claims}, signer)


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    key = RSAKey.generate_key(2048, {"kid": "one"})
    documents: dict[str, dict] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = documents.get(self.path)
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(json.dumps(found or {}).encode())

        def log_message(self, *args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}"
    documents["/.well-known/openid-configuration"] = {"issuer": url, "jwks_uri": f"{url}/keys"}
    documents["/keys"] = {"keys": [key.as_dict(private=False)]}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Issuer(url, key)
    server.shutdown()
    server.server_close()
