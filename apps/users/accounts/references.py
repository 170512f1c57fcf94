"""People and organizations that posts link to."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.declaration import PageReference, ReferenceProvider

from .models import Namespace

_PATH = re.compile(r"/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")


def _find(actor: Actor, paths: Collection[str]) -> dict[str, PageReference]:
    by_key = {path[1:].casefold(): path for path in paths}
    return {
        by_key[row.key]: PageReference(
            title=row.name,
            icon="organization" if row.is_organization else "person",
            kind=_("Organization") if row.is_organization else _("Person"),
            note=row.full_name,
        )
        for row in Namespace.objects.filter(key__in=by_key)
    }


PROVIDER = ReferenceProvider(_PATH, _find)
