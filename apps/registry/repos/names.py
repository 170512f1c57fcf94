"""Valid names of repositories."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.core.errors import ValidationFailed
from apps.core.web.routes import segments_after_name

NAME_FORM = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?")


class BadName(ValidationFailed):
    protocol_status = 400
    code = "BadName"
    field = "name"
    default = gettext_noop("The name is not valid.")


def check_repo_name(name: str) -> str:
    """Return the name if it is valid, and no path of the site stands at its address.

    raises  BadName
    source  huggingface_hub `validate_repo_id`
    """
    if not NAME_FORM.fullmatch(name) or "--" in name or ".." in name or name.casefold().endswith(".git"):
        raise BadName(
            _(
                "Repository names have 1–96 letters or digits; -, _ and . may appear singly in between. "
                "They can't end in .git."
            )
        )
    if name.casefold() in segments_after_name():
        raise BadName(_("This name is reserved."))
    return name
