"""What a password must have, in words that our catalogue translates."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import ngettext


class LongEnough(MinimumLengthValidator):
    def get_error_message(self) -> str:
        words = ngettext(
            "A password has at least %(count)d character.",
            "A password has at least %(count)d characters.",
            self.min_length,
        )
        return words % {"count": self.min_length}
