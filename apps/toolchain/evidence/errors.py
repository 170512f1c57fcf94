"""Refusals of the evidence app."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, NotFound


class SamplesNotKept(NotFound):
    code = "SamplesNotKept"
    default = _("This evaluation has kept no log of its samples.")


class SamplesUnreadable(Conflict):
    """The log of samples cannot be read within the limits."""

    code = "SamplesUnreadable"
    default = _("The log of samples can't be read.")
