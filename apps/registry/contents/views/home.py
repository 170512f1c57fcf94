"""The main page of a repository: card, usage and statistics."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.text.formatting import parameter_count
from apps.core.web.http import HubRequest
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.page_parts import page_parts
from apps.registry.repos.policies import REPO_SEE
from apps.registry.repos.selectors import git_of
from apps.registry.repos.selectors.downloads import downloads_by_day
from apps.registry.repos.selectors.relations import descendants_of, groups_of, related_by, related_to
from apps.registry.repos.views.repo_page import head_facts, repo_page
from apps.registry.repos.views.usage_lines import endpoint_line, usage_lines

from ..previews.card import CARD, card_of
from ..previews.viewer import first_rows

DESCENDANTS_SHOWN = 5


@repo_page(REPO_SEE)
@require_safe
def home(request: HubRequest, repo: Repo) -> HttpResponse:
    """Show the card, for a dataset below its first rows."""
    git, facts = git_of(repo), head_facts(request, repo, "home")
    sha = git.target(f"refs/heads/{repo.default_branch}")
    facts["card"] = (
        card_of(git, sha, facts["links"], checked_as=repo.kind if repo.card_problem else "") if sha else None
    )
    facts |= {"card_href": facts["links"].at("blob", CARD), "edit_card": facts["links"].at("edit", CARD)}
    facts["new_card"] = f"{facts['links'].at('new')}?name={CARD}"
    facts["usage"] = usage_lines(repo, settings.PUBLIC_URL)
    facts["endpoint_line"] = endpoint_line(settings.PUBLIC_URL)
    if repo.kind == RepoKind.DATASET and sha and facts["may_read"]:
        facts["preview"] = first_rows(repo, git, sha)
    return render(request, "registry/contents/home.html", {**facts, **rail_facts(request, repo)})


def rail_facts(request: HubRequest, repo: Repo) -> dict[str, Any]:
    related = related_to(repo)
    groups = groups_of(request.actor, related)
    dtypes = sorted(repo.parameters_by_dtype.items(), key=lambda pair: -pair[1])
    days = downloads_by_day(repo) if repo.downloads else []
    is_dataset = repo.kind == RepoKind.DATASET
    return {
        "download_days": [count for _day, count in days],
        "download_titles": [(day, count) for day, count in days if count],
        "named": related_by(request.actor, repo, also_moved=False),
        "groups": groups,
        "descendants": descendants_of(request.actor, related).order_by("-updated_at", "id")[
            :DESCENDANTS_SHOWN
        ]
        if groups and is_dataset
        else [],
        "dtypes": dtypes,
        "dtype_legend": [(name, count, parameter_count(count)) for name, count in dtypes],
        "dtype_label": _("Parameters by type"),
        "card_sections": [
            {"template": one.template, "facts": one.facts(request.actor, repo)}
            for one in page_parts().card_sections
        ],
    }
