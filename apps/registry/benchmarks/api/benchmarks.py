"""REST API: benchmarks, their leaderboards and submissions."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import Body, StrictCharField, StrictIntegerField, validated
from apps.core.rest.fields import OptionalTextField, Resource, TimestampField
from apps.core.rest.schema import CURSOR, LIMIT, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, created, no_content, page_json, page_of_items
from apps.core.web.policies import requires
from apps.registry.repos.api.repo_view import ADDRESS
from apps.registry.repos.api.shapes import FULL_NAME, FULL_NAME_LIMIT
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN, REPO_SEE
from apps.registry.training.services.launch import InputRepo
from apps.toolchain.jobs.api.jobs import job_json
from apps.toolchain.jobs.api.result_shapes import SCORE_EXAMPLE, Score
from apps.toolchain.jobs.api.serializers import JobSerializer
from apps.users.accounts.scopes import OAuthScope

from ..forms import MOST_PER_DAY
from ..policies import BENCHMARK_SUBMIT
from ..selectors import ranked_models_of
from ..services import benchmark_of, remove_benchmark, set_benchmark, submit_model

PARAMS_EXAMPLE = {"split": "test", "text_column": "text", "label_column": "label"}
COMMIT = "c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6"


@with_example(
    {
        "test_dataset": "owner/film-lines-test",
        "recipe": "text-classification",
        "params": PARAMS_EXAMPLE,
        "metric": "accuracy",
        "daily_limit": 5,
    }
)
class BenchmarkPut(Body):
    """What models are scored on."""

    test_dataset = StrictCharField(
        max_length=FULL_NAME_LIMIT,
        required=False,
        allow_null=True,
        help_text="full_name of the dataset with the test split, which you must be an admin of. If it is "
        "private, the split is hidden. Default: this dataset.",
    )
    recipe = StrictCharField(max_length=80, help_text="Name of a recipe that evaluates.")
    params = serializers.DictField(required=False, allow_null=True, help_text="Values of its params.")
    metric = StrictCharField(max_length=80, help_text="A metric of the recipe, which orders the models.")
    daily_limit = StrictIntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MOST_PER_DAY,
        help_text="Submissions of one person in 24 hours. Default: 5.",
    )


@with_example(
    {
        "recipe": "text-classification",
        "params": PARAMS_EXAMPLE,
        "metric": "accuracy",
        "is_hidden": True,
        "data_commit_sha": COMMIT,
        "daily_limit": 5,
        "created_at": "2026-01-31T12:00:00.000Z",
    }
)
class BenchmarkResource(Resource):
    """A dataset as a benchmark."""

    recipe = serializers.CharField(help_text="Name of the recipe that evaluates.")
    params = serializers.DictField(help_text="Values of its params.")
    metric = serializers.CharField(help_text="The metric that orders the models.")
    is_hidden = serializers.BooleanField(help_text="Whether the test split is in a private dataset.")
    data_commit_sha = serializers.CharField(
        source="data_commit", help_text="Commit of the data that models are scored on."
    )
    daily_limit = serializers.IntegerField(help_text="Submissions of one person in 24 hours.")
    created_at = TimestampField()


@with_example(
    {
        "place": 1,
        "full_name": "owner/tuned",
        "commit_sha": COMMIT,
        "score": {**SCORE_EXAMPLE, "split": None},
        "receipt_id": "8c2d1e4f-3a5b-4c6d-8e7f-9a0b1c2d3e4f",
        "submitted_by": "owner",
        "submission_count": 2,
        "submitted_at": "2026-01-31T12:00:00.000Z",
    }
)
class LeaderboardEntry(Resource):
    """The best verified score of a model on a benchmark."""

    place = serializers.IntegerField(help_text="From 1; models with the same score share it.")
    full_name = serializers.CharField(
        source="submission.model.address.id", help_text="owner/name of the model."
    )
    commit_sha = serializers.CharField(source="submission.model_commit", help_text="What was scored.")
    score = Score(help_text="By the benchmark's metric.")
    receipt_id = serializers.CharField(source="receipt.pk", help_text="The signed evaluation.")
    submitted_by = OptionalTextField(
        source="submission.submitted_by.username", default=None, help_text="null for a deleted account."
    )
    submission_count = serializers.IntegerField(
        source="submissions", help_text="How often the model was scored."
    )
    submitted_at = TimestampField(source="submission.created_at", help_text="Time of the submission.")


LeaderboardPage = page_of(LeaderboardEntry, "LeaderboardPage")


@requires(REPO_SEE, PUT=REPO_ADMIN, DELETE=REPO_ADMIN, scopes=(OAuthScope.MANAGE_REPOS,))
class OneBenchmark(ApiView):
    @operation("get_benchmark", "receipts", BenchmarkResource, 404, params=ADDRESS)
    def get(self, request: Request, repo: Repo) -> Response:
        """Get what models are scored on by a dataset that is a benchmark."""
        return Response(BenchmarkResource(benchmark_of(repo)).data)

    @operation("set_benchmark", "receipts", BenchmarkResource, 404, body=BenchmarkPut, params=ADDRESS)
    def put(self, request: Request, repo: Repo) -> Response:
        """Make a public dataset a benchmark. Its data are pinned at their newest commit, also of a benchmark
        that exists, which then begins an empty leaderboard."""
        data = {name: value for name, value in validated(request, BenchmarkPut).items() if value is not None}
        benchmark = set_benchmark(actor=actor_of(request), address=repo.address, **{"params": {}, **data})
        return Response(BenchmarkResource(benchmark).data)

    @operation("remove_benchmark", "receipts", None, 404, status=204, params=ADDRESS)
    def delete(self, request: Request, repo: Repo) -> Response:
        """Remove the leaderboard of a dataset. The evaluations and their receipts stay."""
        remove_benchmark(actor=actor_of(request), address=repo.address)
        return no_content()


@with_example({"full_name": "owner/tuned", "revision": "main"})
class SubmissionCreate(Body):
    """A public model to score."""

    full_name = StrictCharField(max_length=FULL_NAME_LIMIT, help_text=FULL_NAME)
    revision = StrictCharField(
        max_length=255,
        required=False,
        allow_null=True,
        help_text="A branch, tag or commit. Default: the default branch.",
    )


@requires(REPO_SEE, POST=BENCHMARK_SUBMIT, scopes=(OAuthScope.JOBS,))
class Leaderboard(ApiView):
    @operation("list_leaderboard", "receipts", LeaderboardPage, 404, params=[*ADDRESS, CURSOR, LIMIT])
    def get(self, request: Request, repo: Repo) -> Response:
        """List the models of a benchmark, the best first, by receipts that this site has verified."""
        rows, cursor = page_of_items(request, ranked_models_of(benchmark_of(repo)))
        return Response(page_json(LeaderboardEntry(rows, many=True).data, cursor))

    @operation(
        "submit_to_benchmark",
        "receipts",
        JobSerializer,
        *(404, 409),
        status=201,
        body=SubmissionCreate,
        params=ADDRESS,
    )
    def post(self, request: Request, repo: Repo) -> Response:
        """Have a public model scored on a benchmark. The evaluation runs as the benchmark's creator."""
        data = validated(request, SubmissionCreate)
        model = InputRepo(data["full_name"], data.get("revision") or "")
        job = submit_model(actor=actor_of(request), address=repo.address, model=model)
        return created(job_json(job), f"/api/v1/jobs/{job.pk}")
