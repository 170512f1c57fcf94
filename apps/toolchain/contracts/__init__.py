"""The contract between web and worker: plain values, without Django."""

from .artifacts import ARTIFACT_NAME, ARTIFACTS_LIMIT, Artifact, media_type_of
from .canonical import canonical_json, config_hash, sha256_hex
from .checkpoints import CheckpointFile, StoredCheckpoint
from .errors import ContractError
from .estimates import FLAVORS, Estimate, estimate
from .events import (
    BATCH_LIMIT_BYTES,
    BATCH_LIMIT_EVENTS,
    LINE_LIMIT,
    Event,
    EventBatch,
    EventKind,
    EventsAnswer,
    Fault,
    LogLevel,
    RunState,
)
from .facts import ColumnFacts, DatasetFacts, ModelFacts
from .faults import TRANSIENT, fault_of, fault_title
from .kinds import KIND_WORDS, JobKind, KindWords
from .messages import Message, format_message, translate_message
from .notes import Note, NoteCode
from .params import Param, ParamGroup, ParamKind, Source
from .receipts import RECEIPT_TYPE, public_key_of, receipt_body, sign_receipt, verify_receipt
from .recipe import MODEL_FILES, Chart, Metric, Recipe, RecipeInput, Unit, clean_params
from .recipes import find_recipe, job_kinds, kind_words, recipe_folders, recipe_for, recipes
from .results import (
    Bootstrap,
    EvaluationResult,
    IntervalMethod,
    Reference,
    ReportResult,
    Score,
    TrainingResult,
)
from .spec import Claim, ClaimRequest, Hardware, JobSpec, OutputRepo, PinnedRepo
from .views import Confusion, Curve, Samples, Series, Table, View, view_from_json, view_to_json

__all__ = [
    "ARTIFACTS_LIMIT",
    "ARTIFACT_NAME",
    "BATCH_LIMIT_BYTES",
    "BATCH_LIMIT_EVENTS",
    "FLAVORS",
    "KIND_WORDS",
    "LINE_LIMIT",
    "MODEL_FILES",
    "RECEIPT_TYPE",
    "TRANSIENT",
    "Artifact",
    "Bootstrap",
    "Chart",
    "CheckpointFile",
    "Claim",
    "ClaimRequest",
    "ColumnFacts",
    "Confusion",
    "ContractError",
    "Curve",
    "DatasetFacts",
    "Estimate",
    "EvaluationResult",
    "Event",
    "EventBatch",
    "EventKind",
    "EventsAnswer",
    "Fault",
    "Hardware",
    "IntervalMethod",
    "JobKind",
    "JobSpec",
    "KindWords",
    "LogLevel",
    "Message",
    "Metric",
    "ModelFacts",
    "Note",
    "NoteCode",
    "OutputRepo",
    "Param",
    "ParamGroup",
    "ParamKind",
    "PinnedRepo",
    "Recipe",
    "RecipeInput",
    "Reference",
    "ReportResult",
    "RunState",
    "Samples",
    "Score",
    "Series",
    "Source",
    "StoredCheckpoint",
    "Table",
    "TrainingResult",
    "Unit",
    "View",
    "canonical_json",
    "clean_params",
    "config_hash",
    "estimate",
    "fault_of",
    "fault_title",
    "find_recipe",
    "format_message",
    "job_kinds",
    "kind_words",
    "media_type_of",
    "public_key_of",
    "receipt_body",
    "recipe_folders",
    "recipe_for",
    "recipes",
    "sha256_hex",
    "sign_receipt",
    "translate_message",
    "verify_receipt",
    "view_from_json",
    "view_to_json",
]
