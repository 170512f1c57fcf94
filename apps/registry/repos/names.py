"""Which names a repository may have."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from apps.core.errors import BadRequest

NAME_FORM = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?")
# second segments below a name that are pages of their own
PAGES = frozenset(
    {"settings", "members", "followers", "following", "activity", "jobs", "collections", "resolve", "raw"}
)


class BadName(BadRequest):
    code = "BadName"


def check_repo_name(name: str) -> str:
    """Return a name that a repository may have.

    raises  BadName
    source  huggingface_hub `validate_repo_id`
    """
    if not NAME_FORM.fullmatch(name) or "--" in name or ".." in name or name.casefold().endswith(".git"):
        raise BadName(
            _(
                "A repository's name has 1 to 96 letters, digits, and single - _ . between them, and does not end in .git."
            )
        )
    if name.casefold() in PAGES:
        raise BadName(_("This name is a word of the site itself."))
    return name
