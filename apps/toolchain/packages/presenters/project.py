"""What the page of a project shows besides its rows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from ..models import Project, ProjectVersion

LINKS_LIMIT, REQUIREMENTS_LIMIT = 20, 200


def install_lines(project: Project, version: ProjectVersion, *, is_latest: bool) -> dict[str, str]:
    """Return the commands that install a version from this site."""
    pin = "" if is_latest and not version.is_prerelease else f"=={version.version}"
    index = f"--index-url {settings.PUBLIC_URL}/simple/"
    return {
        "pip": f"$ pip install {index} {project.key}{pin}",
        "uv": f"$ uv pip install {index} {project.key}{pin}",
    }


def publish_lines() -> dict[str, str]:
    """Return the commands that publish a version on this site."""
    url = f"{settings.PUBLIC_URL}/legacy/"
    return {
        "twine": f"$ twine upload --verbose --repository-url {url} -u __token__ dist/*",
        "uv": f"$ uv publish --publish-url {url} --token hf_… dist/*",
    }


def about(version: ProjectVersion) -> list[tuple[str, str]]:
    """Return what a version says of itself, as label and text."""
    details: dict[str, Any] = version.details
    rows = [
        (_("License"), details.get("license_expression") or details.get("license", "")[:100]),
        (_("Requires Python"), version.requires_python),
        (_("Author"), details.get("author") or details.get("author_email", "")),
        (_("Keywords"), ", ".join(details.get("keywords", [])[:20])),
    ]
    return [(label, text) for label, text in rows if text]


def links_of(version: ProjectVersion) -> list[tuple[str, str]]:
    """Return the links of a version that lead to web pages, as label and URL."""
    named = dict(version.details.get("project_urls", {}))
    if home := version.details.get("home_page"):
        named.setdefault(_("Home page"), home)
    return [(label, url) for label, url in named.items() if _is_web(url)][:LINKS_LIMIT]


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def requirements_of(version: ProjectVersion) -> list[str]:
    return list(version.details.get("requires_dist", []))[:REQUIREMENTS_LIMIT]
