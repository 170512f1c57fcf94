"""Settings from the environment, read once; docs/settings.md documents each."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()
# files are private to the site's user, in every process that loads the settings
os.umask(0o077)


# former names; setting one is an error, so that no setting is silently ignored after an upgrade
RENAMED = {
    "GARBAGE_GRACE_HOURS": "GARBAGE_MIN_AGE_HOURS",
    "GARBAGE_WAIT_HOURS": "GARBAGE_SWEEP_DELAY_HOURS",
    "SITE_SENTENCE": "SITE_DESCRIPTION",
}


def check_renamed(environment: Mapping[str, str]) -> None:
    """Refuse an environment that sets anything under a former name.

    raises  ImproperlyConfigured
    """
    if found := sorted(RENAMED.keys() & environment.keys()):
        pairs = ", ".join(f"{old} is now {RENAMED[old]}" for old in found)
        raise ImproperlyConfigured(
            f"Settings have been renamed: {pairs}. Change the environment and start again."
        )


def limit_of(name: str, text: str) -> int | None:
    """Return a limit on what people and organizations use: None (unlimited) if empty; 0 is nothing.

    raises  ImproperlyConfigured if it is not a whole number
    """
    if not text.strip():
        return None
    if not text.strip().isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, or empty for no limit; it is {text!r}.")
    return int(text)


def numbers_of(name: str, text: str, defaults: Mapping[str, int]) -> dict[str, int]:
    """Return named whole numbers, such as `links=30, pace=0`; those that are not named keep their default.

    raises  ImproperlyConfigured for unknown names and other values
    """
    found = dict(defaults)
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, _equals, value = (side.strip() for side in part.partition("="))
        if key not in defaults or not value.isdecimal():
            raise ImproperlyConfigured(
                f"{name} takes whole numbers for {', '.join(defaults)}; {part!r} is none."
            )
        found[key] = int(value)
    return found


def data_folder(path: Path) -> Path:
    """Return the data folder, created if necessary.

    raises  ImproperlyConfigured if it cannot be created or written
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"Cannot create the data folder {path} ({error.strerror}). Set DATA_DIR to another folder."
        ) from None
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise ImproperlyConfigured(
            f"This user cannot write to the data folder {path}. Set DATA_DIR to another folder."
        )
    return path


def secret_file(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """Return the secret stored in a file, created with mode 0600 on first use."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        value = make()
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(descriptor, "w") as file:
            file.write(value)
        return value


check_renamed(os.environ)
DATA_DIR = data_folder(Path(env.str("DATA_DIR", default=str(ROOT / "data"))).expanduser().resolve())
DEBUG = env.bool("DEBUG", default=False)
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def names_of(url: str) -> list[str]:
    """Return the host names of a site's URL; a loopback URL has three."""
    host = urlsplit(url).hostname or ""
    host = f"[{host}]" if ":" in host else host
    return list(LOOPBACK) if host in LOOPBACK else [host]


ALLOWED_HOSTS = [*names_of(PUBLIC_URL), *env.list("ALLOWED_HOSTS", default=[])]
IS_HTTPS = PUBLIC_URL.startswith("https://")
HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600)
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
FRONT = env.str("FRONT", default="caddy")
if FRONT not in ("caddy", "none"):
    raise ImproperlyConfigured(f"FRONT must be caddy or none, not {FRONT}.")
# set by `up` for the web server behind Caddy; set them yourself behind your own reverse proxy
WEB_SOCKET = env.str("WEB_SOCKET", default="")
X_ACCEL_REDIRECT = env.bool("X_ACCEL_REDIRECT", default=False)
HTTP_PORT = env.int("HTTP_PORT", default=80)
TLS_CERTIFICATE = env.str("TLS_CERTIFICATE", default="")
TLS_KEY = env.str("TLS_KEY", default="")
ACME_URL = env.str("ACME_URL", default="")
ACME_EMAIL = env.str("ACME_EMAIL", default="")
CORS_ORIGINS = env.list("CORS_ORIGINS", default=["*"])
SITE_NAME = env.str("SITE_NAME", default="Banyan")
SITE_DESCRIPTION = env.str("SITE_DESCRIPTION", default="")
SECRET_KEY = env.str("SECRET_KEY", default="") or secret_file(DATA_DIR / "secrets" / "secret_key")
WEB_WORKERS = env.int("WEB_WORKERS", default=2)
WEB_THREADS = env.int("WEB_THREADS", default=64)
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
SENTRY_DSN = env.str("SENTRY_DSN", default="")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
EMAIL = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_FROM = env.str("EMAIL_FROM", default="banyan@localhost")
REPLY_ADDRESS = env.str("REPLY_ADDRESS", default="")
MAIL_WEBHOOK_SECRET = env.str("MAIL_WEBHOOK_SECRET", default="")
MAIL_PROVIDER = env.dict("MAIL_PROVIDER", default={})
SIGN_UP = env.bool("SIGN_UP", default=True)

DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
QUEUE_URL = env.str("QUEUE_URL", default="")
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=8)

S3_BUCKET = env.str("S3_BUCKET", default="")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", default="")
S3_REGION = env.str("S3_REGION", default="us-east-1")
S3_ACCESS_KEY = env.str("S3_ACCESS_KEY", default="")
S3_SECRET_KEY = env.str("S3_SECRET_KEY", default="")
S3_PUBLIC_URL = env.str("S3_PUBLIC_URL", default="")
S3_PRESIGNED = env.bool("S3_PRESIGNED", default=True)
STORAGE = env.str("STORAGE", default="s3" if S3_BUCKET else "local")
STORAGE_FALLBACK = env.str("STORAGE_FALLBACK", default="")

TESTING = env.bool("ECOSYSTEM_TEST", default=False)
RATE_LIMIT_API = env.int("RATE_LIMIT_API", default=0 if TESTING else 20_000)
RATE_LIMIT_API_ANONYMOUS = env.int("RATE_LIMIT_API_ANONYMOUS", default=0 if TESTING else 5_000)
RATE_LIMIT_FILES = env.int("RATE_LIMIT_FILES", default=0 if TESTING else 100_000)
RATE_LIMIT_FILES_ANONYMOUS = env.int("RATE_LIMIT_FILES_ANONYMOUS", default=0 if TESTING else 25_000)
RATE_LIMIT_UNKNOWN_XORBS = env.int("RATE_LIMIT_UNKNOWN_XORBS", default=0 if TESTING else 100)
UPLOAD_LIMIT_GIB = env.int("UPLOAD_LIMIT_GIB", default=500)
REGULAR_FILE_LIMIT_MIB = env.int("REGULAR_FILE_LIMIT_MIB", default=10)
REVISION_FILES_LIMIT = env.int("REVISION_FILES_LIMIT", default=200_000)
COMMIT_LIMIT_MIB = env.int("COMMIT_LIMIT_MIB", default=1024)
HOLD_SCORE = env.int("HOLD_SCORE", default=50)
HOLD_SCORE_NEW = env.int("HOLD_SCORE_NEW", default=20)
NEW_ACCOUNT_REVIEWED_POSTS = env.int("NEW_ACCOUNT_REVIEWED_POSTS", default=2)
NEW_ACCOUNT_THREADS = env.int("NEW_ACCOUNT_THREADS", default=0 if TESTING else 3)
NEW_ACCOUNT_REPLIES = env.int("NEW_ACCOUNT_REPLIES", default=0 if TESTING else 10)
NEW_ACCOUNT_LINKS = env.int("NEW_ACCOUNT_LINKS", default=2)
RULE_SCORES = env.str("RULE_SCORES", default="")
REPORT_HIDE_WEIGHT = env.float("REPORT_HIDE_WEIGHT", default=3.0)
REPORTS_PER_DAY = env.int("REPORTS_PER_DAY", default=50)
REVIEW_UNDO_MINUTES = env.int("REVIEW_UNDO_MINUTES", default=10)
TRUST_LEVEL_1 = env.str("TRUST_LEVEL_1", default="")
TRUST_LEVEL_2 = env.str("TRUST_LEVEL_2", default="")
TRUST_LEVEL_3 = env.str("TRUST_LEVEL_3", default="")
STORAGE_QUOTA_GIB = limit_of("STORAGE_QUOTA_GIB", env.str("STORAGE_QUOTA_GIB", default=""))
PACKAGE_FILE_LIMIT_MIB = env.int("PACKAGE_FILE_LIMIT_MIB", default=1024)
PACKAGES_ANONYMOUS = env.bool("PACKAGES_ANONYMOUS", default=True)
PACKAGES_NEED_SECOND_FACTOR = env.bool("PACKAGES_NEED_SECOND_FACTOR", default=False)
PACKAGES_DELETION_HOURS = env.int("PACKAGES_DELETION_HOURS", default=72)
PACKAGES_UPSTREAM = env.str("PACKAGES_UPSTREAM", default="").rstrip("/")
PACKAGES_UPSTREAM_ALLOWED = env.list("PACKAGES_UPSTREAM_ALLOWED", default=[])
PACKAGES_UPSTREAM_MIN_AGE_DAYS = env.float("PACKAGES_UPSTREAM_MIN_AGE_DAYS", default=0)
PACKAGES_UPSTREAM_MINUTES = env.float("PACKAGES_UPSTREAM_MINUTES", default=10)
PACKAGES_OIDC_ISSUERS = env.list("PACKAGES_OIDC_ISSUERS", default=[])
PACKAGES_SCAN_COMMAND = env.str("PACKAGES_SCAN_COMMAND", default="")
PACKAGES_SCAN_SECONDS = env.int("PACKAGES_SCAN_SECONDS", default=120)
PACKAGES_RESERVED_PREFIXES = env.dict("PACKAGES_RESERVED_PREFIXES", default={})
UNREFERENCED_LIMIT_GIB = env.int("UNREFERENCED_LIMIT_GIB", default=UPLOAD_LIMIT_GIB)
JOBS_PER_PERSON = limit_of("JOBS_PER_PERSON", env.str("JOBS_PER_PERSON", default="8"))
CPU_HOURS_PER_MONTH = limit_of("CPU_HOURS_PER_MONTH", env.str("CPU_HOURS_PER_MONTH", default=""))
GPU_HOURS_PER_MONTH = limit_of("GPU_HOURS_PER_MONTH", env.str("GPU_HOURS_PER_MONTH", default=""))
UNTRUSTED_JOBS = env.bool("UNTRUSTED_JOBS", default=True)
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=30)
JOB_HEARTBEAT_SECONDS = env.float("JOB_HEARTBEAT_SECONDS", default=2.0)
JOB_HOURS_LIMIT = env.float("JOB_HOURS_LIMIT", default=24)
JOB_STEPS_LIMIT = env.int("JOB_STEPS_LIMIT", default=1_000_000)
JOB_ARTIFACT_LIMIT_MIB = env.int("JOB_ARTIFACT_LIMIT_MIB", default=1024)
JOB_CHECKPOINT_LIMIT_MIB = env.int("JOB_CHECKPOINT_LIMIT_MIB", default=16 * 1024)
JOB_CHECKPOINT_DAYS = env.float("JOB_CHECKPOINT_DAYS", default=7)
XET_ADVERTISE_FROM_MIB = env.int("XET_ADVERTISE_FROM_MIB", default=1)
XET_GENERATION = env.int("XET_GENERATION", default=0)
DISK_RESERVE_MIB = env.int("DISK_RESERVE_MIB", default=256)
GARBAGE_COLLECTION = env.bool("GARBAGE_COLLECTION", default=True)
GARBAGE_MIN_AGE_HOURS = env.float("GARBAGE_MIN_AGE_HOURS", default=48)
GARBAGE_SWEEP_DELAY_HOURS = env.float("GARBAGE_SWEEP_DELAY_HOURS", default=48)
LFS_PART_MIB = env.int("LFS_PART_MIB", default=64)
LFS_MULTIPART_FROM_MIB = env.int("LFS_MULTIPART_FROM_MIB", default=1024)
EMBEDDED_POSTGRES_BIN = env.str("EMBEDDED_POSTGRES_BIN", default="")


def postgres_root() -> Path:
    """Folder of the embedded PostgreSQL, named by its major version."""
    return DATA_DIR / "postgres-18"


def valkey_root() -> Path:
    return DATA_DIR / "valkey"


def queue_root() -> Path:
    """Folder of the embedded server for messages to machine-learning workers."""
    return DATA_DIR / "queue"


def database() -> dict[str, Any]:
    """Django's DATABASES entry, from DATABASE_URL (a libpq URI) or for the embedded server."""
    if DATABASE_URL:
        facts = conninfo_to_dict(DATABASE_URL)
        names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
        entry: dict[str, Any] = {names[key]: str(value) for key, value in facts.items() if key in names}
        extra = {key: value for key, value in facts.items() if key not in names}
    else:
        password = postgres_root() / "password"
        entry = {
            "HOST": str(postgres_root() / "run"),
            "USER": "ecosystem",
            "PASSWORD": password.read_text().strip() if password.exists() else "",
            "NAME": "postgres",
        }
        extra = {}
    pool = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 20}
    # a restarted server leaves dead connections in the pool, so each is checked before use
    connections = {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **entry,
        "OPTIONS": {**extra, "pool": pool},
        **connections,
    }


@dataclass(frozen=True, slots=True)
class RedisUrls:
    """URLs of the site's own Redis server, in the form that each of its users expects."""

    cache: str
    celery: str
    events: str


def redis() -> RedisUrls:
    """Return the URLs of database 0 (tasks of the light worker), 1 (cache) and 2 (live events)."""
    if REDIS_URL and not REDIS_URL.startswith("unix://"):
        base = REDIS_URL.rstrip("/")
        base = base.rsplit("/", 1)[0] if base.rsplit("/", 1)[-1].isdigit() else base
        return RedisUrls(f"{base}/1", f"{base}/0", f"{base}/2")
    socket = (
        REDIS_URL.removeprefix("unix://").split("?")[0]
        if REDIS_URL
        else f"default:{redis_password()}@{valkey_root()}/valkey.sock"
    )
    return RedisUrls(
        f"unix://{socket}?db=1", f"redis+socket://{socket}?virtual_host=0", f"unix://{socket}?db=2"
    )


@dataclass(frozen=True, slots=True)
class QueueUrls:
    """URLs of the machine-learning workers' queue, with the site's and the local worker's credentials."""

    site: str
    worker: str


def queue() -> QueueUrls:
    """Return the URLs of the workers' queue for Celery.

    raises  ImproperlyConfigured if a worker's credentials would also open the cache and events
    """
    if not QUEUE_URL:
        place = f"{queue_root()}/valkey.sock?virtual_host=0"
        site, worker = queue_password("site"), queue_password("worker")
        return QueueUrls(f"redis+socket://default:{site}@{place}", f"redis+socket://worker:{worker}@{place}")
    worker = env.str("BANYAN_QUEUE_URL", default="") or QUEUE_URL
    if REDIS_URL and _credentials(worker) == _credentials(REDIS_URL):
        raise ImproperlyConfigured(
            "Workers could access the cache: BANYAN_QUEUE_URL (or QUEUE_URL) uses the server and user of "
            "REDIS_URL. Give them a separate server or user; see docs/operations.md."
        )
    return QueueUrls(celery_url(QUEUE_URL), celery_url(worker))


def redis_password() -> str:
    """Return the password of the site's embedded Valkey."""
    return secret_file(DATA_DIR / "secrets" / "redis")


def queue_password(user: str) -> str:
    """Return a password of the embedded queue.

    user  site or worker
    """
    return secret_file(DATA_DIR / "secrets" / f"queue_{user}")


def celery_url(url: str) -> str:
    """Return a Redis URL in Celery's form, which has its own scheme for Unix sockets."""
    if not url.startswith("unix://"):
        return url
    parts = urlsplit(url)
    database = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"


def _credentials(url: str) -> tuple[object, ...]:
    """Return the server and user of a URL; a database number is no separation."""
    parts = urlsplit(url)
    is_socket = "socket" in parts.scheme or parts.scheme == "unix"
    place = parts.path.rstrip("/") if is_socket else (parts.hostname, parts.port or 6379)
    return (place, parts.username or "default")


def object_store(kind: str) -> dict[str, Any]:
    """Return the options of an object store, `local` or `s3`.

    raises  ImproperlyConfigured
    """
    if kind == "local":
        return {"kind": "local", "root": DATA_DIR / "objects"}
    if kind != "s3" or not S3_BUCKET:
        raise ImproperlyConfigured(f"Object storage must be local or s3, not {kind}; s3 needs S3_BUCKET.")
    return {
        "kind": "s3",
        "bucket": S3_BUCKET,
        "endpoint_url": S3_ENDPOINT_URL or None,
        "region": S3_REGION,
        "access_key": S3_ACCESS_KEY,
        "secret_key": S3_SECRET_KEY,
        "public_url": S3_PUBLIC_URL or None,
        "presigned": S3_PRESIGNED,
    }
