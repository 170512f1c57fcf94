"""The leaderboard tab of a dataset."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.core.errors import Refusal
from apps.core.web.http import HubRequest
from apps.registry.repos.links import Links
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN, REPO_SEE
from apps.registry.repos.views.repo_page import head_facts, repo_page
from apps.registry.training.services.launch import InputRepo

from ..errors import NoBenchmark
from ..forms import BenchmarkForm, SubmitForm
from ..policies import BENCHMARK_SUBMIT
from ..presenters import leaderboard_rows
from ..selectors import ranked_models_of, waiting_submissions
from ..services import benchmark_of, remove_benchmark, set_benchmark, submit_model


@repo_page(REPO_SEE)
@require_safe
def leaderboard(request: HubRequest, repo: Repo) -> HttpResponse:
    """Show the models that were scored on the benchmark, the best first."""
    return _page(request, repo)


def _page(request: HubRequest, repo: Repo, *, status: int = 200, **facts: Any) -> HttpResponse:
    try:
        benchmark = benchmark_of(repo)
    except NoBenchmark:
        benchmark = None
    found = {
        **head_facts(request, repo, "leaderboard"),
        "benchmark": benchmark,
        "rows": leaderboard_rows(benchmark, ranked_models_of(benchmark)) if benchmark else [],
        "waiting": waiting_submissions(benchmark, request.actor) if benchmark else [],
        "submit_form": SubmitForm(),
        "form": BenchmarkForm(initial=_initial(benchmark)),
        **facts,
    }
    return render(request, "registry/benchmarks/leaderboard.html", found, status=status)


def _initial(benchmark: Any) -> dict[str, Any]:
    if benchmark is None:
        return {}
    data = "" if benchmark.data_id == benchmark.repo_id else benchmark.data.address.id
    return {
        **benchmark.params,
        "test_dataset": data,
        "recipe": benchmark.recipe,
        "metric": benchmark.metric,
        "daily_limit": benchmark.daily_limit,
    }


@repo_page(BENCHMARK_SUBMIT)
@require_POST
def submit(request: HubRequest, repo: Repo) -> HttpResponse:
    """Have a model scored, and show its job."""
    form = SubmitForm(request.POST)
    if form.is_valid():
        model = InputRepo(form.cleaned_data["model"], form.cleaned_data["revision"])
        try:
            submit_model(actor=request.actor, address=repo.address, model=model)
            return redirect(Links(repo.address, repo.default_branch).page("leaderboard"))
        except Refusal as refusal:
            form.add_error("model", refusal.words)
    return _page(request, repo, status=422, submit_form=form)


@repo_page(REPO_ADMIN)
@require_POST
def settings(request: HubRequest, repo: Repo) -> HttpResponse:
    """Make a dataset a benchmark, change it, or remove the leaderboard."""
    if "remove" in request.POST:
        remove_benchmark(actor=request.actor, address=repo.address)
        return redirect(Links(repo.address, repo.default_branch).page("leaderboard"))
    form = BenchmarkForm(request.POST)
    if form.is_valid():
        try:
            set_benchmark(actor=request.actor, address=repo.address, **form.order())
            return redirect(Links(repo.address, repo.default_branch).page("leaderboard"))
        except Refusal as refusal:
            form.add_error("test_dataset", refusal.words)
    return _page(request, repo, status=422, form=form)
