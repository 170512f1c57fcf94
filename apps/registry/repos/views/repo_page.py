"""The decorator of repository views and the context that their pages share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy, requires

from ..access import may
from ..addresses import Address, RepoKind
from ..errors import GatedRepo
from ..forms.access import RequestAccessForm
from ..kinds import labels_of
from ..links import Links
from ..models import Repo
from ..page_parts import page_parts
from ..policies import REPO_SEE, address_in_url
from ..selectors.access_requests import own_request

LANGUAGES_SHOWN = 6
Page = Callable[..., HttpResponse]


def repo_page(policy: Policy) -> Callable[[Page], Page]:
    """Require a repository's policy; the page gets the repository.

    Old names and those with .git redirect. Users who may see but not read a gated repository get the
    request form.
    """

    def open_page(request: HubRequest, **address: Any) -> Repo | HttpResponse:
        requested = address_in_url(**address)
        # the address that git clones
        address["name"] = requested.name.removesuffix(".git")
        try:
            repo: Repo = policy.open_for(request, address)
        except GatedRepo as refusal:
            facts = head_facts(request, REPO_SEE.open_for(request, address), "")
            return render(request, "registry/repos/gated.html", facts, status=refusal.status)
        if repo.address != requested and request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(_canonical_url(request, requested, repo))
        return repo

    return requires(replace(policy, open=open_page))


def _canonical_url(request: HubRequest, requested: Address, repo: Repo) -> str:
    """Return the requested URL with the current name of the repository."""
    segments = requested.path.count("/") + 1
    rest = request.get_full_path().lstrip("/").split("/", segments)[segments:]
    query = request.META.get("QUERY_STRING", "")
    return (
        f"/{repo.address.path}/{rest[0]}" if rest else f"/{repo.address.path}{'?' + query if query else ''}"
    )


def card_words(repo: Repo) -> list[dict[str, Any]]:
    """Return the chips of the head, which link to lists of similar repositories."""
    list_path = labels_of(repo.kind).href
    rows = [
        ("task", repo.task, repo.task_name, "text"),
        ("library", repo.library, repo.library, "library"),
        ("license", repo.license, repo.license, "license"),
    ]
    rows += [("language", language, language, "language") for language in repo.languages[:LANGUAGES_SHOWN]]
    return [
        {"name": name, "value": value, "label": label, "icon": icon, "list_path": list_path}
        for name, value, label, icon in rows
        if value
    ]


def head_facts(request: HubRequest, repo: Repo, tab: str, *, revision: str = "") -> dict[str, Any]:
    """Return the context shared by all pages of a repository."""
    allowed = {need: may(request.actor, need, repo) for need in (Need.READ, Need.WRITE, Need.ADMIN)}
    may_read, parts = allowed[Need.READ], page_parts()
    gated = (
        {}
        if may_read
        else {"access_request": own_request(request.actor, repo), "ask_form": RequestAccessForm()}
    )
    return {
        **gated,
        "repo": repo,
        "address": repo.address,
        "links": Links(repo.address, revision or repo.default_branch),
        "revision": revision or repo.default_branch,
        "tabs": _tabs(repo, tab, allowed),
        "head_templates": parts.head_templates,
        "act_templates": parts.act_templates,
        "card_words": card_words(repo),
        "is_model": repo.kind == RepoKind.MODEL,
        "is_dataset": repo.kind == RepoKind.DATASET,
        "labels": labels_of(repo.kind),
        "may_read": may_read,
        "may_write": allowed[Need.WRITE],
        "may_admin": allowed[Need.ADMIN],
    }


def _tabs(repo: Repo, current: str, allowed: Mapping[Need, bool]) -> list[dict[str, Any]]:
    """Return the tabs that the kind has and the actor may open."""
    links = Links(repo.address, repo.default_branch)
    return [
        {
            "label": tab.label,
            "icon": tab.icon,
            "href": tab.href(links),
            "count": tab.count(repo) if tab.count else None,
            "is_current": tab.name == current,
        }
        for tab in page_parts().tabs
        if repo.kind in tab.kinds and allowed.get(tab.need, True)
    ]
