"""Resources of jobs, and of the recipes that they run."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.rest.fields import NamedChoiceField, OptionalTextField, Resource, TimestampField
from apps.core.rest.schema import page_of, with_example
from apps.toolchain.contracts import Param, ParamKind, Recipe, Unit

from ..models import Device, Direction, Job, JobState, Priority, RunsOn
from ..selectors import active_worker_kinds, error_json, has_worker, needs_device
from ..selectors.workers import WorkerKinds
from .result_shapes import JobResult
from .shapes import (
    HARDWARE_EXAMPLE,
    INPUTS_EXAMPLE,
    KIND,
    OUTPUT_EXAMPLE,
    PARAMS_EXAMPLE,
    REPO_KINDS,
    DeviceEstimate,
    Hardware,
    JobError,
    JobOutput,
    PinnedRepo,
    Progress,
)

PRIORITIES = {one.name.lower(): one for one in Priority}
WAITS: dict[str, str] = {Device.CPU: "cpu_worker", Device.GPU: "gpu_worker"}


@with_example(
    {
        "id": "5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e",
        "kind": "fine_tune",
        "recipe": "text-classification",
        "state": "running",
        "namespace": "owner",
        "submitted_by": "owner",
        "inputs": INPUTS_EXAMPLE,
        "output": OUTPUT_EXAMPLE,
        "published": [],
        "receipt_id": None,
        "result": None,
        "params": PARAMS_EXAMPLE,
        "seed": 1,
        "device": "cpu",
        "runs_on": "any",
        "priority": "normal",
        "operator": "site",
        "max_seconds": None,
        "is_public": True,
        "attempt": 1,
        "progress": {"step": 10, "total": 100, "phase": "training"},
        "checkpoint_step": None,
        "hardware": HARDWARE_EXAMPLE,
        "waiting_for": None,
        "error": None,
        "created_at": "2026-01-31T12:00:00.000Z",
        "retry_at": None,
        "claimed_at": "2026-01-31T12:00:01.000Z",
        "started_at": "2026-01-31T12:00:02.000Z",
        "finished_at": None,
        "cancel_requested_at": None,
        "url": "/jobs/5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e",
    }
)
class JobSerializer(Resource):
    """A fine-tune or an evaluation, and what became of it."""

    id = serializers.CharField()
    kind = serializers.CharField(help_text=KIND)
    recipe = serializers.CharField(help_text="Name of the recipe, as in /api/v1/recipes.")
    state = serializers.ChoiceField(
        JobState.choices, help_text="succeeded, failed and cancelled are final, unless the job is retried."
    )
    namespace = serializers.CharField(
        source="namespace.name", help_text="The owner, whose usage the job counts towards."
    )
    submitted_by = serializers.CharField(
        source="submitted_by.username", allow_null=True, default=None, help_text="Null if the user is gone."
    )
    inputs = serializers.SerializerMethodField(
        help_text="Repositories by the names of the recipe's inputs, at the commits that the job uses."
    )
    output = serializers.SerializerMethodField(help_text="The repository to create, null for evaluations.")
    published = serializers.SerializerMethodField(help_text="What the job has published.")
    receipt_id = serializers.SerializerMethodField(help_text="The signed receipt of an evaluation's result.")
    result = serializers.SerializerMethodField(help_text="What the job measured; null before it has.")
    params = serializers.DictField(
        help_text="Values of all params of the recipe by name; their types are those of /api/v1/recipes."
    )
    seed = serializers.IntegerField(help_text="Of all random numbers.")
    device = NamedChoiceField(Device, empty="any", help_text="The requested device.")
    runs_on = NamedChoiceField(
        RunsOn, empty="any", help_text="Whose workers may run it: any, the site's, or those of its owner."
    )
    priority = serializers.SerializerMethodField(help_text="Which of the waiting jobs come first.")
    operator = serializers.CharField(
        help_text="Who runs the worker of the last attempt: site, person:<name> or organization:<name>. "
        "What others than the site measure is self-reported."
    )
    max_seconds = serializers.IntegerField(
        allow_null=True, help_text="Time allowed over all attempts; null for no cap besides the site's."
    )
    is_public = serializers.BooleanField(source="is_open", help_text="Whether anyone can read the job.")
    attempt = serializers.IntegerField(help_text="Number of attempts so far.")
    progress = serializers.SerializerMethodField(help_text="Of a job that runs.")
    checkpoint_step = serializers.IntegerField(
        allow_null=True, help_text="The step from which another attempt resumes."
    )
    hardware = serializers.SerializerMethodField(help_text="Of the last attempt.")
    waiting_for = serializers.SerializerMethodField(
        help_text="What a queued job waits for: a worker with a GPU or without one, if none has been active "
        "lately. It stays queued until there is one."
    )
    error = serializers.SerializerMethodField(help_text="Why the job failed.")
    created_at = TimestampField()
    retry_at = TimestampField(
        source="not_before", allow_null=True, help_text="When a queued job is tried again after a failure."
    )
    claimed_at = TimestampField(allow_null=True, help_text="When a worker took the job.")
    started_at = TimestampField(allow_null=True, help_text="When the last attempt began to run.")
    finished_at = TimestampField(allow_null=True, help_text="When the job reached its final state.")
    cancel_requested_at = TimestampField(allow_null=True, help_text="When somebody cancelled the job.")
    url = serializers.CharField(source="get_absolute_url", help_text="Path of the job's page.")

    @extend_schema_field(serializers.DictField(child=PinnedRepo()))
    def get_inputs(self, job: Job) -> dict[str, Any]:
        return {name: pinned(repo.kind, repo.address, repo.commit) for name, repo in job.pins.items()}

    @extend_schema_field(serializers.ChoiceField(list(PRIORITIES)))
    def get_priority(self, job: Job) -> str:
        return Priority(job.priority).name.lower()

    @extend_schema_field(JobOutput(allow_null=True))
    def get_output(self, job: Job) -> dict[str, Any] | None:
        made = job.output_repo
        if made is None:
            return None
        return {"kind": made.kind, "full_name": made.address, "is_private": made.is_private}

    @extend_schema_field(PinnedRepo(many=True))
    def get_published(self, job: Job) -> list[dict[str, str]]:
        made = [row for row in job.lineage.all() if row.direction == Direction.OUTPUT and row.commit]
        return [pinned(row.kind, row.address, row.commit) for row in made]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_receipt_id(self, job: Job) -> str | None:
        receipt = getattr(job, "receipt", None)
        return str(receipt.pk) if receipt else None

    @extend_schema_field(JobResult(allow_null=True))
    def get_result(self, job: Job) -> dict[str, Any] | None:
        result = getattr(job, "result", None)
        return dict(JobResult(result.document).data) if result else None

    @extend_schema_field(Hardware(allow_null=True))
    def get_hardware(self, job: Job) -> dict[str, Any] | None:
        return {"devices": 0, **job.hardware} if job.hardware else None

    @extend_schema_field(Progress(allow_null=True))
    def get_progress(self, job: Job) -> dict[str, Any] | None:
        return job.progress if job.is_active else None

    @extend_schema_field(serializers.ChoiceField(list(WAITS.values()), allow_null=True))
    def get_waiting_for(self, job: Job) -> str | None:
        return WAITS[job.device] if needs_device(job) and not has_worker(job, self._workers) else None

    @cached_property
    def _workers(self) -> WorkerKinds:
        """Look once for all jobs of a page."""
        return active_worker_kinds()

    @extend_schema_field(JobError(allow_null=True))
    def get_error(self, job: Job) -> dict[str, str] | None:
        return error_json(job.fault, job.code, job.message)


def pinned(kind: str, address: str, commit: str) -> dict[str, str]:
    return {"kind": kind, "full_name": address, "commit_sha": commit}


JobPage = page_of(JobSerializer)


@with_example({"steps": [1, 2], "series": {"loss": [0.7, 0.4], "validation_loss": [None, 0.5]}})
class JobMetrics(Resource):
    """Values by step: each series has one value for each step, null where it has none."""

    steps = serializers.ListField(child=serializers.IntegerField(), help_text="In ascending order.")
    series = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="By name of the metric.",
    )


@with_example(
    {
        "estimates": [
            {
                "device": "cpu",
                "steps": 63,
                "tokens": 280_000,
                "memory_bytes": 1_300_000_000,
                "disk_bytes": 730_000_000,
                "device_seconds_low": 95,
                "device_seconds_high": 460,
            }
        ],
        "max_seconds": 600,
        "cpu_seconds": 214,
        "gpu_seconds": 0,
    }
)
class JobUsage(Resource):
    """What a job takes: the estimate before, the cap during, the sum after."""

    estimates = DeviceEstimate(many=True, help_text="By device, as before the start; empty if unknown.")
    max_seconds = serializers.IntegerField(
        allow_null=True, help_text="Time allowed over all attempts; null for no cap besides the site's."
    )
    cpu_seconds = serializers.IntegerField(help_text="Seconds of processor cores in finished attempts.")
    gpu_seconds = serializers.IntegerField(help_text="Seconds of GPUs in finished attempts.")


# --- recipes


class Metric(Resource):
    """A number that a recipe reports."""

    name = serializers.CharField(help_text="As in events, scores and receipts.")
    label = serializers.CharField(help_text="For people.")  # type: ignore[assignment]
    unit = serializers.ChoiceField(
        [unit.value for unit in Unit], help_text="A fraction is between 0 and 1, shown as a percentage."
    )
    higher_is_better = serializers.BooleanField(help_text="Whether a greater value is the better one.")


class RecipeInput(Resource):
    """A repository that a recipe takes."""

    name = serializers.CharField(help_text="Key in the inputs of a job.")
    kind = serializers.ChoiceField(REPO_KINDS, help_text="Kind of repository that it takes.")
    label = OptionalTextField(help_text="For people.")  # type: ignore[assignment]
    is_optional = serializers.BooleanField(help_text="Whether a job may do without it.")


class ParamGroup(Resource):
    """A section of a form."""

    name = serializers.CharField(help_text="Stable.")
    label = serializers.CharField(help_text="For people.")  # type: ignore[assignment]


class RecipeParam(Resource):
    """A setting of a recipe."""

    name = serializers.CharField(help_text="Key in the params of a job.")
    kind = serializers.ChoiceField(
        [kind.value for kind in ParamKind],
        help_text='long_text may have several lines; auto_number and auto_integer are a number or "auto"; '
        "split is the name of a split, or a share of the rows as a string, such as 0.2; texts is a list of "
        "strings, and long_texts one of strings of several lines; mapping is an object whose values are "
        "strings.",
    )
    default_value = serializers.JSONField(source="default", help_text="Of an absent param.")
    label = serializers.CharField(help_text="For people.")  # type: ignore[assignment]
    help = OptionalTextField(help_text="A sentence about it.")
    minimum = serializers.FloatField(allow_null=True, help_text="The least value of a number.")
    maximum = serializers.FloatField(allow_null=True, help_text="The greatest value of a number.")
    choices = serializers.SerializerMethodField(help_text="The values of a choice.")
    is_required = serializers.BooleanField(source="required", help_text="Whether a job must name it.")
    is_advanced = serializers.BooleanField(source="advanced", help_text="Whether few people need it.")
    group = ParamGroup(help_text="The section of a form that it belongs to.")

    @extend_schema_field(serializers.ListField(child=serializers.CharField(), allow_null=True))
    def get_choices(self, param: Param) -> list[str] | None:
        return [value for value, _label in param.choices] or None


class RecipePreset(Resource):
    """A set of values to choose from."""

    name = serializers.CharField(help_text="Such as quick, balanced or thorough.")
    label = serializers.CharField(help_text="For people.")  # type: ignore[assignment]
    values = serializers.DictField(help_text="Values by the names of params; the others have their defaults.")


@with_example(
    {
        "kind": "fine_tune",
        "name": "text-classification",
        "label": "Text classification",
        "inputs": [
            {"name": "model", "kind": "model", "label": None, "is_optional": False},
            {"name": "dataset", "kind": "dataset", "label": None, "is_optional": False},
        ],
        "output_kind": "model",
        "metrics": [{"name": "loss", "label": "Training loss", "unit": "number", "higher_is_better": False}],
        "params": [
            {
                "name": "epochs",
                "kind": "number",
                "default_value": 3,
                "label": "Epochs",
                "help": None,
                "minimum": 0.1,
                "maximum": 100,
                "choices": None,
                "is_required": False,
                "is_advanced": False,
                "group": {"name": "training", "label": "Training"},
            }
        ],
        "presets": [{"name": "quick", "label": "Quick", "values": {"epochs": 1}}],
        "pipeline_tag": "text-classification",
        "artifact_files": [],
        "can_estimate": True,
    }
)
class RecipeSerializer(Resource):
    """What a job can do, and the inputs and params that it takes."""

    kind = serializers.CharField(help_text=KIND)
    name = serializers.CharField(help_text="Unique within its kind.")
    label = serializers.CharField(help_text="For people.")  # type: ignore[assignment]
    inputs = RecipeInput(many=True, help_text="Repositories that a job names.")
    output_kind = serializers.SerializerMethodField(
        help_text="Kind of the repository that its jobs create; null if they create none."
    )
    metrics = Metric(many=True, help_text="What its jobs report.")
    params = RecipeParam(many=True, help_text="Its settings.")
    presets = RecipePreset(many=True, help_text="Sets of values; empty if it has none.")
    pipeline_tag = OptionalTextField(help_text="Task of the models that it makes or scores.")
    artifact_files = serializers.ListField(
        child=serializers.CharField(), help_text="Patterns of the names of files that its jobs keep."
    )
    can_estimate = serializers.BooleanField(
        help_text="Whether /api/v1/jobs/estimate tells what its jobs take."
    )

    @extend_schema_field(serializers.ChoiceField(REPO_KINDS, allow_null=True))
    def get_output_kind(self, recipe: Recipe) -> str | None:
        return recipe.output_kind or None


RecipePage = page_of(RecipeSerializer)
