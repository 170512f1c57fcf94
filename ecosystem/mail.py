"""Mail of a site without a mail server: appended to a file that only its operator reads, since it holds links that sign people in."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.mail.backends.console import EmailBackend


class MailFile(EmailBackend):
    """Writes messages to `MAIL_FILE`, which is open only meanwhile: one that was moved away is made again."""

    def open(self) -> bool:
        settings.MAIL_FILE.parent.mkdir(parents=True, exist_ok=True)
        self.stream = open(  # noqa: SIM115
            settings.MAIL_FILE, "a", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)
        )
        return True

    def close(self) -> None:
        self.stream.close()
