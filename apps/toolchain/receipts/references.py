"""Receipts that posts link to."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.declaration import PageReference, ReferenceProvider
from apps.core.text.formatting import date

from .access import visible_to

_PATH = re.compile(r"/receipts/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def _find(actor: Actor, paths: Collection[str]) -> dict[str, PageReference]:
    rows = visible_to(actor).filter(pk__in=[path.rpartition("/")[2] for path in paths])
    return {
        row.get_absolute_url(): PageReference(
            title=str(row.pk)[:8], icon="receipt", kind=_("Receipt"), note=date(row.issued_at)
        )
        for row in rows
    }


PROVIDER = ReferenceProvider(_PATH, _find)
