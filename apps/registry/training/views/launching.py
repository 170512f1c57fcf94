"""Pages for starting a fine-tune or evaluation: choose a dataset, then settings."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import Refusal
from apps.core.web.http import HubRequest
from apps.registry.contents.previews.viewer import View, first_rows
from apps.registry.repos.access import repo_for, visible_to
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import EntryNotFound, RepoNotFound, RevisionNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ORDER
from apps.registry.repos.selectors import git_of
from apps.registry.repos.views.repo_page import head_facts, repo_page
from apps.toolchain.jobs.contracts import JobKind, Recipe, recipe_for
from apps.toolchain.jobs.errors import InvalidOrder

from ..forms import OrderForm
from ..presenters.suggest import suggested_params
from ..services.launch import Output, RepoRef, order_job

RECIPE = "text-classification"
SUGGESTED_DATASETS = 12
WORDS = {JobKind.FINE_TUNE: "fine-tune", JobKind.EVALUATE: "evaluate"}


@repo_page(REPO_ORDER)
@require_http_methods(["GET", "POST"])
def fine_tune(request: HubRequest, repo: Repo) -> HttpResponse:
    return _launch(request, repo, JobKind.FINE_TUNE)


@repo_page(REPO_ORDER)
@require_http_methods(["GET", "POST"])
def evaluate(request: HubRequest, repo: Repo) -> HttpResponse:
    return _launch(request, repo, JobKind.EVALUATE)


def _launch(request: HubRequest, repo: Repo, kind: JobKind) -> HttpResponse:
    if repo.kind != RepoKind.MODEL:
        raise EntryNotFound
    query = request.POST if request.method == "POST" else request.GET
    address, revision = query.get("dataset", "").strip(), query.get("dataset_revision", "").strip()
    if not address:
        return _choose_dataset(request, repo, kind)
    try:
        dataset, view = _open_dataset(request, address, revision)
    except Refusal as refusal:
        return _choose_dataset(
            request, repo, kind, problem=refusal.words, requested_address=address, requested_revision=revision
        )
    return _configure(request, repo, kind, dataset, view, revision)


def _choose_dataset(request: HubRequest, repo: Repo, kind: JobKind, **facts: Any) -> HttpResponse:
    """Ask for a dataset and suggest some that the user may read."""
    rows = (
        visible_to(request.actor).filter(kind=RepoKind.DATASET).exclude(head="").order_by("-updated_at", "id")
    )
    facts |= {"datasets": list(rows[:SUGGESTED_DATASETS]), "kind": kind.value, "word": WORDS[kind]}
    status = 422 if facts.get("problem") else 200
    return render(
        request,
        "registry/training/choose_dataset.html",
        {**head_facts(request, repo, "jobs"), **facts},
        status=status,
    )


def _open_dataset(request: HubRequest, address: str, revision: str) -> tuple[Repo, View]:
    """Return the dataset and its first rows.

    raises  RepoNotFound, RevisionNotFound
    """
    try:
        wanted = Address.of_kind(RepoKind.DATASET, address.removeprefix("datasets/"))
    except ValueError:
        raise RepoNotFound(_("Enter the dataset as owner/name.")) from None
    try:
        dataset = repo_for(request.actor, wanted)
    except RepoNotFound:
        raise RepoNotFound(
            _("Dataset %(name)s doesn't exist, or you don't have access to it.") % {"name": address}
        ) from None
    git = git_of(dataset)
    sha = git.find(revision or dataset.default_branch)
    if sha is None:
        raise RevisionNotFound(
            _("%(name)s has no revision %(revision)s.")
            % {"name": address, "revision": revision or dataset.default_branch}
        )
    return dataset, first_rows(dataset, git, sha)


def _configure(
    request: HubRequest, repo: Repo, kind: JobKind, dataset: Repo, view: View, revision: str
) -> HttpResponse:
    recipe = recipe_for(kind, RECIPE)
    options: dict[str, Any] = {
        "recipe": recipe,
        "actor": request.actor,
        "suggestions": suggested_params(recipe, view),
    }
    if request.method == "POST":
        form = OrderForm(request.POST, **options)
        if form.is_valid() and (job := _submit(request, repo, recipe, form)):
            return redirect(job)
        return _form_page(request, repo, kind, dataset, view, form, status=422)
    begin: dict[str, Any] = {
        "dataset": dataset.address.id,
        "dataset_revision": revision,
        "owner": request.actor.name,
    }
    begin |= {
        "name": f"{repo.name}-{dataset.name}"[:96].rstrip("-_."),
        "is_private": repo.is_private or dataset.is_private,
    }
    return _form_page(request, repo, kind, dataset, view, OrderForm(initial=begin, **options))


def _submit(request: HubRequest, repo: Repo, recipe: Recipe, form: OrderForm) -> Any:
    """Create the job; on refusal add the errors to the form and return None."""
    data = form.cleaned_data
    output = (
        Output(f"{data['owner']}/{data['name'].strip()}", data["is_private"]) if recipe.output_kind else None
    )
    inputs = {
        "model": RepoRef(repo.address.id, data["model_revision"].strip()),
        "dataset": RepoRef(data["dataset"], data["dataset_revision"]),
    }
    try:
        return order_job(
            actor=request.actor,
            kind=recipe.kind,
            recipe=recipe.name,
            inputs=inputs,
            output=output,
            params=form.params,
            is_public=data["is_public"],
            device=data["device"],
        )
    except InvalidOrder as refusal:
        form.add_errors(refusal.facts.get("fields") or {"": refusal.words})
    except Refusal as refusal:
        form.add_error(None, refusal.as_form_error())
    return None


def _form_page(
    request: HubRequest,
    repo: Repo,
    kind: JobKind,
    dataset: Repo,
    view: View,
    form: OrderForm,
    *,
    status: int = 200,
) -> HttpResponse:
    facts = {
        **head_facts(request, repo, "jobs"),
        "dataset": dataset,
        "view": view,
        "form": form,
        "kind": kind.value,
        "word": WORDS[kind],
    }
    return render(request, "registry/training/order.html", facts, status=status)
