"""Pages of the index for installers, in their two forms.

source  "Simple repository API" of the Python packaging specifications, version 1.4; PEP 833: the HTML form is
        frozen
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from html import escape
from typing import Any

from apps.core.cache import CachedValue
from apps.toolchain.upstream.models import UpstreamPage

from ..models import Project
from ..selectors.index import IndexFile, index_files, index_versions, upstream_files

API_VERSION = "1.4"
DAY = 24 * 3600.0
# a page by project, its serial and form: a change makes another key
PAGES = CachedValue("simple-page", str, seconds=DAY)


class SimpleForm(StrEnum):
    JSON = "application/vnd.pypi.simple.v1+json"
    HTML = "application/vnd.pypi.simple.v1+html"
    OLD_HTML = "text/html"

    @property
    def is_json(self) -> bool:
        return self is SimpleForm.JSON

    @property
    def content_type(self) -> str:
        return self.value if self.is_json else f"{self.value}; charset=utf-8"

    @property
    def short(self) -> str:
        return "json" if self.is_json else "html"


def project_page(project: Project, form: SimpleForm) -> str:
    """Return the page of a project, from the cache if nothing has changed."""
    found = PAGES.get(project.pk, project.serial, form.short)
    if found is None:
        write = _json_page if form.is_json else _html_page
        found = write(project, index_files(project))
        PAGES.set(found, project.pk, project.serial, form.short)
    return found


def upstream_page(page: UpstreamPage, form: SimpleForm) -> str:
    """Return the page of a project of the upstream index, with links to the copies here."""
    files = upstream_files(page)
    if form.is_json:
        return _json(
            {
                "meta": {"api-version": API_VERSION},
                "name": page.key,
                "project-status": {"status": "active"},
                "versions": list(dict.fromkeys(file.version for file in files)),
                "files": [_json_file(file) for file in files],
            }
        )
    return _html(f"Links for {escape(page.key)}", "", "\n".join(_html_file(file) for file in files))


def index_page(names: Sequence[tuple[str, str, int]], serial: int, form: SimpleForm) -> str:
    """Return the list of projects.

    names  key, name and serial of each
    """
    if form.is_json:
        projects = [{"name": name, "_last-serial": own} for _key, name, own in names]
        return _json({"meta": _meta(serial), "projects": projects})
    links = "\n".join(f'<a href="/simple/{key}/">{escape(name)}</a><br>' for key, name, _own in names)
    return _html("Simple index", "", links)


def _json_page(project: Project, files: Sequence[IndexFile]) -> str:
    page: dict[str, Any] = {
        "meta": _meta(project.serial),
        "name": project.key,
        "project-status": _status(project),
        "versions": index_versions(project),
        "files": [_json_file(file) for file in files],
    }
    return _json(page)


def _meta(serial: int) -> dict[str, Any]:
    return {"api-version": API_VERSION, "_last-serial": serial}


def _status(project: Project) -> dict[str, str]:
    reason = {"reason": project.status_reason} if project.status_reason else {}
    return {"status": project.status, **reason}


def _json_file(file: IndexFile) -> dict[str, Any]:
    metadata = {"sha256": file.metadata} if file.metadata else False
    return {
        "filename": file.filename,
        "url": file.url,
        "hashes": {"sha256": file.sha256},
        **({"size": file.size} if file.size is not None else {}),
        **({"upload-time": upload_time(file.uploaded_at)} if file.uploaded_at else {}),
        "requires-python": file.requires_python or None,
        "yanked": file.yanked,
        "core-metadata": metadata,
        "dist-info-metadata": metadata,
        "provenance": None,
    }


def _json(page: dict[str, Any]) -> str:
    return json.dumps(page, separators=(",", ":"), ensure_ascii=False)


def _html_page(project: Project, files: Sequence[IndexFile]) -> str:
    reason = f'<meta name="pypi:project-status-reason" content="{escape(project.status_reason)}">\n'
    head = f'<meta name="pypi:project-status" content="{escape(project.status)}">\n'
    links = "\n".join(_html_file(file) for file in files)
    return _html(f"Links for {escape(project.key)}", head + (reason if project.status_reason else ""), links)


def _html_file(file: IndexFile) -> str:
    facts = f' data-requires-python="{escape(file.requires_python)}"' if file.requires_python else ""
    if file.metadata:
        facts += (
            f' data-core-metadata="sha256={file.metadata}" data-dist-info-metadata="sha256={file.metadata}"'
        )
    if file.yanked:
        facts += f' data-yanked="{escape(file.yanked) if isinstance(file.yanked, str) else ""}"'
    path = f"{file.url}#sha256={file.sha256}"
    return f'<a href="{path}"{facts}>{escape(file.filename)}</a><br>'


def _html(title: str, head: str, links: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="pypi:repository-version" content="{API_VERSION}">\n'
        f"{head}<title>{title}</title>\n</head>\n"
        f"<body>\n<h1>{title}</h1>\n{links}\n</body>\n</html>\n"
    )


def upload_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
