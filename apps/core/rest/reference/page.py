"""The reference page's main part, rendered once per process and language."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override

from apps.core.declaration import declared

from ..common import PROBLEM_EXAMPLE
from ..generator import full_document
from .problems import problems
from .reader import Reader
from .values import Reference


@dataclass(frozen=True, slots=True)
class ReferencePage:
    """The page in one language.

    main    the reference
    index   links to its sections
    digest  of both
    """

    main: SafeString
    index: SafeString
    digest: str


@cache
def reference() -> Reference:
    """Return the reference, read once per process."""
    return Reader(full_document()).read()


def reference_page() -> ReferencePage:
    """Return the page in the current language."""
    return _rendered(get_language() or settings.LANGUAGE_CODE)


@cache
def _rendered(language: str) -> ReferencePage:
    with override(language):
        context = {
            "reference": reference(),
            "problems": problems(),
            "codes": declared().api_codes,
            "statuses": {str(problem.status) for problem in problems()},
            "problem_sample": json.dumps(PROBLEM_EXAMPLE, indent=2),
            "endpoint": settings.PUBLIC_URL,
            "limits": settings.RATE_LIMITS["api"],
            "limit_minutes": settings.RATE_LIMIT_SECONDS // 60,
            "LANGUAGE_CODE": language,
        }
        main = render_to_string("core/reference/_main.html", context)
        index = render_to_string("core/reference/_index.html", context)
    digest = sha256((main + index).encode()).hexdigest()[:32]
    return ReferencePage(main, index, digest)
