"""Email without a mail server: appended to a private file, since messages contain sign-in links."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.mail.backends.console import EmailBackend


class MailFile(EmailBackend):
    """Appends messages to `MAIL_FILE`, reopened each time so that it can be rotated."""

    def open(self) -> bool:
        settings.MAIL_FILE.parent.mkdir(parents=True, exist_ok=True)
        self.stream = open(  # noqa: SIM115
            settings.MAIL_FILE, "a", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)
        )
        return True

    def close(self) -> None:
        self.stream.close()
