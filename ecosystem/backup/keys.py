"""The secrets of an instance: files of `secrets/`, closed to everybody else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ecosystem import env

from .layout import SECRETS
from .manifest import Manifest

# passwords of embedded servers, which a new instance makes for itself
LOCAL = {"redis", "queue_site", "queue_worker"}
FROM_ENVIRONMENT = (
    "SECRET_KEY",
    "DATABASE_URL",
    "S3_SECRET_KEY",
    "EMAIL_URL",
    "METRICS_TOKEN",
    "QUEUE_URL",
    "MAIL_WEBHOOK_SECRET",
)


def secrets_folder() -> Path:
    return env.DATA_DIR / "secrets"


def copy_secrets(folder: Path, manifest: Manifest) -> None:
    target = folder / SECRETS
    target.mkdir(mode=0o700)
    for file in sorted(secrets_folder().iterdir()):
        if file.is_file() and file.name not in LOCAL and not file.name.startswith("."):
            _copy(file, target / file.name)
            manifest.add_part(folder, f"{SECRETS}/{file.name}")
    manifest.secrets_elsewhere = [name for name in FROM_ENVIRONMENT if os.environ.get(name)]


def restore_secrets(folder: Path) -> None:
    secrets_folder().mkdir(mode=0o700, exist_ok=True)
    for file in (folder / SECRETS).iterdir():
        _copy(file, secrets_folder() / file.name)


def _copy(source: Path, target: Path) -> None:
    """Copy a file that only its owner may ever read."""
    draft = target.with_name(f".{target.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file, source.open("rb") as secret:
        shutil.copyfileobj(secret, file)
    draft.replace(target)
