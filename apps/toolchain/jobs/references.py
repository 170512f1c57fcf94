"""Jobs that posts link to."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.declaration import PageReference, ReferenceProvider

from .access import visible_to

_PATH = re.compile(r"/jobs/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def _find(actor: Actor, paths: Collection[str]) -> dict[str, PageReference]:
    rows = visible_to(actor).filter(pk__in=[path.rpartition("/")[2] for path in paths])
    return {
        row.get_absolute_url(): PageReference(
            title=f"{row.kind_label} {str(row.pk)[:8]}",
            icon="job",
            kind=_("Job"),
            note=row.get_state_display(),
        )
        for row in rows
    }


PROVIDER = ReferenceProvider(_PATH, _find)
