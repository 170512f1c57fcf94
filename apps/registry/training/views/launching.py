"""Pages for ordering a job: choose a recipe and its other repository, then settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
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
from apps.toolchain.contracts import DatasetFacts, JobKind, ModelFacts, Recipe, job_kinds, kind_words
from apps.toolchain.jobs.errors import InvalidOrder

from ..forms import OrderForm
from ..presenters.data_checks import QUICK, WHOLE, Budget, CheckPanel, can_check, check_splits, panels_of
from ..presenters.estimates import forecast_rows
from ..presenters.suggest import Offer, dataset_facts, model_facts, offers_for, reason_of, suggested_params
from ..services.launch import InputRepo, Output, order_job

SUGGESTED_REPOS = 12


@dataclass(frozen=True, slots=True)
class Launch:
    """A page's repository and what is ordered from it.

    other     the repository that was chosen, at its revision
    view      the first rows of the dataset, if there is one
    """

    repo: Repo
    recipe: Recipe
    other: Repo | None = None
    revision: str = ""
    view: View | None = None

    @property
    def dataset(self) -> Repo | None:
        return next((one for one in (self.repo, self.other) if one and one.kind == RepoKind.DATASET), None)

    def facts(self) -> tuple[ModelFacts | None, DatasetFacts | None]:
        """Return what the recipe may know of the repositories."""
        model = next((one for one in (self.repo, self.other) if one and one.kind == RepoKind.MODEL), None)
        return model_facts(model) if model else None, dataset_facts(self.view) if self.view else None


@repo_page(REPO_ORDER)
@require_http_methods(["GET", "POST"])
def fine_tune(request: HubRequest, repo: Repo) -> HttpResponse:
    return _launch(request, repo, JobKind.FINE_TUNE)


@repo_page(REPO_ORDER)
@require_http_methods(["GET", "POST"])
def evaluate(request: HubRequest, repo: Repo) -> HttpResponse:
    return _launch(request, repo, JobKind.EVALUATE)


def _launch(request: HubRequest, repo: Repo, kind: str) -> HttpResponse:
    offers = offers_for(repo, kind)
    if not offers:
        raise EntryNotFound
    if all(one.reason for one in offers):
        return _no_recipe(request, repo, kind, offers)
    query = request.POST if request.method == "POST" else request.GET
    recipe = _recipe(offers, query)
    if recipe.other_input is None:
        return _configure(request, Launch(repo, recipe, view=_rows_of(repo)))
    name = recipe.other_input.name
    address, revision = query.get(name, "").strip(), query.get(f"{name}_revision", "").strip()
    if not address:
        return _choose(request, repo, recipe, offers)
    try:
        launch = _open_other(request, repo, recipe, address, revision)
    except Refusal as refusal:
        facts = {"problem": refusal.words, "requested_address": address, "requested_revision": revision}
        return _choose(request, repo, recipe, offers, **facts)
    return _configure(request, launch)


def _no_recipe(request: HubRequest, repo: Repo, kind: str, offers: list[Offer]) -> HttpResponse:
    """Say why no recipe fits the repository, and link to the other kinds of jobs that do fit it."""
    others = [other for other in job_kinds() if other != kind]
    fitting = [other for other in others if any(not one.reason for one in offers_for(repo, other))]
    facts = {
        **head_facts(request, repo, "jobs"),
        "offers": offers,
        "other_kinds": [kind_words(other) for other in fitting],
        "words": kind_words(kind),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "registry/training/no_recipe.html", facts, status=status)


def _recipe(offers: list[Offer], query: QueryDict) -> Recipe:
    """Return the recipe that the query names, else the first one that fits."""
    named = query.get("recipe", "")
    return next((one.recipe for one in offers if one.recipe.name == named), offers[0].recipe)


def _rows_of(repo: Repo) -> View | None:
    return first_rows(repo, git_of(repo), repo.head) if repo.kind == RepoKind.DATASET and repo.head else None


def _choose(
    request: HubRequest, repo: Repo, recipe: Recipe, offers: list[Offer], **facts: Any
) -> HttpResponse:
    """Ask for the recipe and its other repository, and suggest some that the user may read."""
    kind = recipe.other_input.kind if recipe.other_input else RepoKind.DATASET
    rows = visible_to(request.actor).filter(kind=kind).exclude(head="").order_by("-updated_at", "id")
    facts |= {
        "suggested": list(rows[:SUGGESTED_REPOS]),
        "input": recipe.other_input,
        "offers": offers,
        "recipe": recipe,
        "words": recipe.kind_words,
        "reason": next(one.reason for one in offers if one.recipe is recipe),
    }
    status = 422 if facts.get("problem") else 200
    return render(
        request,
        "registry/training/choose_inputs.html",
        {**head_facts(request, repo, "jobs"), **facts},
        status=status,
    )


def _open_other(request: HubRequest, repo: Repo, recipe: Recipe, address: str, revision: str) -> Launch:
    """Open the repository that was chosen, with the first rows of a dataset.

    raises  RepoNotFound, RevisionNotFound
    """
    kind = RepoKind(recipe.other_input.kind) if recipe.other_input else RepoKind.DATASET
    try:
        wanted = Address.of_kind(kind, address.removeprefix("datasets/"))
    except ValueError:
        raise RepoNotFound(_not_an_address(kind)) from None
    try:
        other = repo_for(request.actor, wanted)
    except RepoNotFound:
        raise RepoNotFound(_not_found(kind) % {"name": address}) from None
    git = git_of(other)
    sha = git.find(revision or other.default_branch)
    if sha is None:
        raise RevisionNotFound(
            _("%(name)s has no revision %(revision)s.")
            % {"name": address, "revision": revision or other.default_branch}
        )
    view = first_rows(other, git, sha) if kind == RepoKind.DATASET else _rows_of(repo)
    return Launch(repo, recipe, other, revision, view)


def _not_an_address(kind: RepoKind) -> str:
    if kind == RepoKind.DATASET:
        return _("Enter the dataset as owner/name.")
    return _("Enter the model as owner/name.")


def _not_found(kind: RepoKind) -> str:
    if kind == RepoKind.DATASET:
        return _("Dataset %(name)s doesn't exist, or you don't have access to it.")
    return _("Model %(name)s doesn't exist, or you don't have access to it.")


def _configure(request: HubRequest, launch: Launch) -> HttpResponse:
    model, dataset = launch.facts()
    preset = launch.recipe.preset(request.GET.get("preset", "")) or launch.recipe.preset("balanced")
    suggested = {**suggested_params(launch.recipe, model, dataset), **(preset.values if preset else {})}
    options: dict[str, Any] = {"recipe": launch.recipe, "actor": request.actor, "suggestions": suggested}
    facts: dict[str, Any] = {"reason": reason_of(launch.recipe, model, dataset), "preset": preset}
    if request.method == "POST":
        form = OrderForm(request.POST, **options)
        is_valid = form.is_valid()
        is_question = bool({"estimate", "check"} & set(request.POST))
        if is_valid and not is_question and (job := _submit(request, launch, form)):
            return redirect(job)
        if is_valid:
            device = form.cleaned_data["device"]
            facts["forecast"] = forecast_rows(launch.recipe, form.params, model, dataset, device)
            facts["checks"] = _checks(launch, form.params, WHOLE if "check" in request.POST else QUICK)
        status = 200 if is_valid and not form.errors else 422
        return _form_page(request, launch, form, status=status, **facts)
    form = OrderForm(initial=_initial(request, launch), **options)
    values = {**launch.recipe.defaults(), **suggested}
    facts["forecast"] = forecast_rows(launch.recipe, values, model, dataset)
    facts["checks"] = _checks(launch, values, QUICK)
    return _form_page(request, launch, form, **facts)


def _checks(launch: Launch, values: Mapping[str, Any], budget: Budget) -> list[CheckPanel]:
    """Return what the recipe would make of the rows of the dataset, as far as the budget goes."""
    if launch.dataset is None or launch.view is None or not can_check(launch.recipe):
        return []
    checks = check_splits(launch.dataset, launch.view, launch.recipe, values, budget)
    return panels_of(checks, max_length=values["max_length"])


def _initial(request: HubRequest, launch: Launch) -> dict[str, Any]:
    repos = [one for one in (launch.repo, launch.other) if one]
    initial: dict[str, Any] = {
        "recipe": launch.recipe.name,
        "owner": request.actor.name,
        "name": "-".join(one.name for one in repos)[:96].rstrip("-_."),
        "is_private": any(one.is_private for one in repos),
    }
    if launch.recipe.other_input and launch.other:
        name = launch.recipe.other_input.name
        initial |= {name: launch.other.address.id, f"{name}_revision": launch.revision}
    return initial


def _submit(request: HubRequest, launch: Launch, form: OrderForm) -> Any:
    """Create the job; on refusal add the errors to the form and return None."""
    data, recipe = form.cleaned_data, launch.recipe
    output = (
        Output(f"{data['owner']}/{data['name'].strip()}", data["is_private"]) if recipe.output_kind else None
    )
    main = recipe.main_input.name
    inputs = {main: InputRepo(launch.repo.address.id, data[f"{main}_revision"].strip())}
    if other := recipe.other_input:
        inputs[other.name] = InputRepo(data[other.name], data[f"{other.name}_revision"])
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
            max_seconds=60 * data["max_minutes"] if data["max_minutes"] else None,
        )
    except InvalidOrder as refusal:
        form.add_errors(refusal.facts.get("fields") or {"": refusal.words})
    except Refusal as refusal:
        form.add_error(None, refusal.as_form_error())
    return None


def _form_page(
    request: HubRequest, launch: Launch, form: OrderForm, *, status: int = 200, **facts: Any
) -> HttpResponse:
    facts |= {
        **head_facts(request, launch.repo, "jobs"),
        "dataset": launch.dataset,
        "other": launch.other,
        "view": launch.view,
        "form": form,
        "recipe": launch.recipe,
        "query": _query_of(launch),
        "can_check": can_check(launch.recipe),
        "words": launch.recipe.kind_words,
    }
    return render(request, "registry/training/order.html", facts, status=status)


def _query_of(launch: Launch) -> str:
    """Return the query of the form's own address, to which a preset can be added."""
    facts = {"recipe": launch.recipe.name}
    if launch.recipe.other_input and launch.other:
        name = launch.recipe.other_input.name
        facts |= {name: launch.other.address.id, f"{name}_revision": launch.revision}
    return urlencode(facts)
