"""Models by the names that clients use.

source  openai-python `resources/models.py`
"""

from __future__ import annotations

from django.http import JsonResponse

from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.registry.fine_tuning.access import visible_to
from apps.registry.fine_tuning.models import FineTune
from apps.registry.fine_tuning.selectors.state import model_named, output_of, published_repos, repo_of
from apps.registry.fine_tuning.services import delete_name
from apps.registry.repos.models import Repo
from apps.toolchain.jobs.models import JobState
from apps.users.accounts.models import Namespace

from .files import JOBS
from .policies import ACCOUNT_READ, MODEL_NAMED, MODEL_OWNED
from .shapes import repo_model_json, tuned_model_json

MODELS_LIMIT = 200


@requires(ACCOUNT_READ, scopes=JOBS)
def list_models(request: HubRequest, namespace: Namespace) -> JsonResponse:
    """List the account's fine-tuned models, newest first; clients read no further pages."""
    rows = visible_to(request.actor).filter(
        namespace=namespace, job__state=JobState.SUCCEEDED, is_name_deleted=False
    )
    found = list(rows.order_by("-pk")[:MODELS_LIMIT])
    repos = published_repos(found)
    models = [
        tuned_model_json(one, one.name or "", made, repos.get(made.repo_key) if made.repo_key else None)
        for one in found
        if (made := output_of(one.job))
    ]
    return JsonResponse({"object": "list", "data": models})


@requires(MODEL_NAMED, scopes=JOBS)
def retrieve(request: HubRequest, model: FineTune | Repo) -> JsonResponse:
    if not isinstance(model, FineTune):
        return JsonResponse(repo_model_json(model))
    name = str(request.resolver_match.kwargs["model_name"]) if request.resolver_match else ""
    made = model_named(model, name)
    return JsonResponse(tuned_model_json(model, name, made, repo_of(made)))


@requires(MODEL_OWNED, scopes=JOBS)
def delete(request: HubRequest, model: FineTune) -> JsonResponse:
    """Delete the name of a fine-tuned model; its repository stays."""
    delete_name(actor=request.actor, name=model.name or "")
    return JsonResponse({"id": model.name, "object": "model", "deleted": True})
