"""Pages for ordering a job: choose a recipe and its other repositories, then settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import Refusal
from apps.core.web.http import HubRequest
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import EntryNotFound, RepoNotFound, RevisionNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ORDER
from apps.registry.repos.selectors import git_of
from apps.registry.repos.views.repo_page import head_facts, repo_page
from apps.toolchain.contracts import Recipe, RecipeInput, job_kinds, kind_words
from apps.toolchain.jobs.errors import InvalidOrder

from ..forms import OrderForm
from ..presenters.data_checks import (
    QUICK,
    WHOLE,
    Budget,
    CheckPanel,
    can_check,
    check_splits,
    panels_of,
    preview_link,
)
from ..presenters.estimates import Forecast, forecast, forecast_rows
from ..presenters.launch import Chosen, Launch, choices_of, fitting, launch_of, missing_inputs
from ..presenters.suggest import Offer, offers_for, reason_of, suggested_params
from ..services.launch import InputRepo, Output, order_job

Given = Mapping[str, tuple[str, str]]


@repo_page(REPO_ORDER)
@require_http_methods(["GET", "POST"])
def order(request: HubRequest, repo: Repo, job_kind: str) -> HttpResponse:
    """Order a job of a kind from the page of its first input."""
    offers = offers_for(repo, job_kind)
    if not offers:
        raise EntryNotFound
    if all(one.reason for one in offers):
        return _no_recipe(request, repo, job_kind, offers)
    query = request.POST if request.method == "POST" else request.GET
    recipe = _recipe(offers, query)
    given = _given(recipe, query)
    chosen, problems = _open_inputs(request, recipe, given)
    if missing_inputs(recipe, chosen):
        return _choose(request, repo, recipe, offers, given, problems)
    launch = launch_of(repo, recipe, chosen)
    found = fitting(launch, offers)
    if "recipe" not in query and found and recipe not in [one.recipe for one, _query in found]:
        launch = launch_of(repo, found[0][0].recipe, chosen)
    return _configure(request, launch, found, problems)


def _no_recipe(request: HubRequest, repo: Repo, kind: str, offers: list[Offer]) -> HttpResponse:
    """Say why no recipe fits the repository, and link to the other kinds of jobs that do fit it."""
    others = [other for other in job_kinds() if other != kind]
    usable = [other for other in others if any(not one.reason for one in offers_for(repo, other))]
    facts = {
        **head_facts(request, repo, "jobs"),
        "offers": offers,
        "other_kinds": [kind_words(other) for other in usable],
        "words": kind_words(kind),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "registry/training/no_recipe.html", facts, status=status)


def _recipe(offers: list[Offer], query: QueryDict) -> Recipe:
    """Return the recipe that the query names, else the first one that fits."""
    named = query.get("recipe", "")
    return next((one.recipe for one in offers if one.recipe.name == named), offers[0].recipe)


def _given(recipe: Recipe, query: QueryDict) -> dict[str, tuple[str, str]]:
    """Return address and revision of the repositories that the query names."""
    found = {
        place.name: (query.get(place.name, "").strip(), query.get(f"{place.name}_revision", "").strip())
        for place in recipe.other_inputs
    }
    return {name: written for name, written in found.items() if written[0]}


def _open_inputs(
    request: HubRequest, recipe: Recipe, given: Given
) -> tuple[dict[str, Chosen], dict[str, str]]:
    """Return the repositories that could be opened, and a sentence for each of the others."""
    chosen: dict[str, Chosen] = {}
    problems: dict[str, str] = {}
    for place in recipe.other_inputs:
        if place.name not in given:
            continue
        try:
            chosen[place.name] = _open_input(request, place, *given[place.name])
        except Refusal as refusal:
            problems[place.name] = refusal.words
    return chosen, problems


def _open_input(request: HubRequest, place: RecipeInput, address: str, revision: str) -> Chosen:
    """Open a repository that was chosen.

    raises  RepoNotFound, RevisionNotFound
    """
    kind = RepoKind(place.kind)
    try:
        wanted = Address.of_kind(kind, address.removeprefix("datasets/"))
    except ValueError:
        raise RepoNotFound(_not_an_address(kind)) from None
    try:
        repo = repo_for(request.actor, wanted)
    except RepoNotFound:
        raise RepoNotFound(_not_found(kind) % {"name": address}) from None
    sha = git_of(repo).find(revision or repo.default_branch)
    if sha is None:
        raise RevisionNotFound(
            _("%(name)s has no revision %(revision)s.")
            % {"name": address, "revision": revision or repo.default_branch}
        )
    return Chosen(repo, revision, sha)


def _not_an_address(kind: RepoKind) -> str:
    if kind == RepoKind.DATASET:
        return _("Enter the dataset as owner/name.")
    return _("Enter the model as owner/name.")


def _not_found(kind: RepoKind) -> str:
    if kind == RepoKind.DATASET:
        return _("Dataset %(name)s doesn't exist, or you don't have access to it.")
    return _("Model %(name)s doesn't exist, or you don't have access to it.")


def _choose(
    request: HubRequest,
    repo: Repo,
    recipe: Recipe,
    offers: list[Offer],
    given: Given,
    problems: Mapping[str, str],
) -> HttpResponse:
    """Ask for the recipe and its other repositories, and suggest some that the user may read."""
    facts = {
        **head_facts(request, repo, "jobs"),
        "choices": choices_of(request.actor, recipe, given, problems),
        "offers": offers,
        "recipe": recipe,
        "words": recipe.kind_words,
        "reason": next(one.reason for one in offers if one.recipe is recipe),
    }
    status = 422 if problems else 200
    return render(request, "registry/training/choose_inputs.html", facts, status=status)


def _configure(
    request: HubRequest, launch: Launch, found: list[tuple[Offer, str]], problems: Mapping[str, str]
) -> HttpResponse:
    recipe, (model, dataset) = launch.recipe, launch.facts()
    preset = recipe.preset(request.GET.get("preset", "")) or recipe.preset("balanced")
    suggested = {**suggested_params(recipe, model, dataset), **(preset.values if preset else {})}
    options: dict[str, Any] = {"recipe": recipe, "actor": request.actor, "suggestions": suggested}
    facts: dict[str, Any] = {"reason": reason_of(recipe, model, dataset), "preset": preset, "fitting": found}
    if request.method == "POST":
        form = OrderForm(request.POST, **options)
        is_valid = form.is_valid() and not problems
        form.add_errors(problems)
        if is_valid:
            expected = forecast(recipe, form.params, model, dataset, form.cleaned_data["device"])
            is_question = bool({"estimate", "check"} & set(request.POST))
            if not is_question and (job := _submit(request, launch, form, expected)):
                return redirect(job)
            facts["forecast"] = forecast_rows(recipe, expected)
            facts["checks"] = _checks(launch, form.params, WHOLE if "check" in request.POST else QUICK)
        status = 200 if is_valid and not form.errors else 422
        return _form_page(request, launch, form, status=status, **facts)
    form = OrderForm(initial=_initial(request, launch), **options)
    values = {**recipe.defaults(), **suggested}
    facts["forecast"] = forecast_rows(recipe, forecast(recipe, values, model, dataset))
    facts["checks"] = _checks(launch, values, QUICK)
    return _form_page(request, launch, form, problems=list(problems.values()), **facts)


def _checks(launch: Launch, values: Mapping[str, Any], budget: Budget) -> list[CheckPanel]:
    """Return what the recipe would make of the rows of the dataset, as far as the budget goes."""
    if launch.dataset is None or launch.view is None or not can_check(launch.recipe):
        return []
    checks = check_splits(launch.dataset, launch.view, launch.recipe, values, budget)
    return panels_of(checks, max_length=values["max_length"])


def _initial(request: HubRequest, launch: Launch) -> dict[str, Any]:
    repos = list(launch.repos.values())
    initial: dict[str, Any] = {
        "recipe": launch.recipe.name,
        "owner": request.actor.name,
        "name": "-".join(one.name for one in [launch.repo, *(one for _label, one in launch.required)]),
        "is_private": any(one.is_private for one in repos),
    }
    if launch.recipe.output_kind == launch.repo.kind and not launch.required:
        initial["name"] += f"-{launch.recipe.kind_words.path}"  # its own name is taken
    initial["name"] = initial["name"][:96].rstrip("-_.")
    for name, one in launch.chosen.items():
        initial |= {name: one.repo.address.id, f"{name}_revision": one.revision}
    return initial


def _submit(request: HubRequest, launch: Launch, form: OrderForm, expected: Forecast) -> Any:
    """Create the job; on refusal add the errors to the form and return None."""
    data, recipe = form.cleaned_data, launch.recipe
    output = (
        Output(f"{data['owner']}/{data['name'].strip()}", data["is_private"]) if recipe.output_kind else None
    )
    main = recipe.main_input.name
    inputs = {main: InputRepo(launch.repo.address.id, data[f"{main}_revision"].strip())}
    inputs |= {name: InputRepo(one.repo.address.id, one.revision) for name, one in launch.chosen.items()}
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
            runs_on=data.get("runs_on"),
            max_seconds=60 * data["max_minutes"] if data["max_minutes"] else None,
            estimates=expected.estimates,
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
        "chosen": launch.required,
        "view": launch.view,
        "form": form,
        "recipe": launch.recipe,
        "query": launch.query(),
        "preview_link": preview_link(launch.recipe, launch.repo, launch.dataset),
        "words": launch.recipe.kind_words,
    }
    return render(request, "registry/training/order.html", facts, status=status)
