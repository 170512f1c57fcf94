"""The contract between web and worker: plain values, without Django."""

from .canonical import canonical_json, config_hash, sha256_hex
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
from .fleet import PROTOCOL, NextJob, NextRequest, WorkerHello, WorkerTerms, fingerprints, recipe_key
from .kinds import KIND_WORDS, JobKind, KindWords
from .messages import Message, format_message, translate_message
from .notes import Note, NoteCode
from .params import Param, ParamKind, Source
from .receipts import (
    RECEIPT_TYPE,
    SELF_REPORTED_TYPE,
    SITE_OPERATOR,
    public_key_of,
    receipt_body,
    sign_receipt,
    verify_receipt,
)
from .recipe import MODEL_FILES, Chart, Metric, Recipe, RecipeInput, Unit, clean_params
from .recipes import find_recipe, recipe_folders, recipe_for, recipes
from .results import (
    Bootstrap,
    Confusion,
    EvaluationResult,
    IntervalMethod,
    Reference,
    Score,
    Table,
    TrainingResult,
    View,
)
from .spec import Claim, ClaimRequest, Hardware, JobSpec, OutputRepo, PinnedRepo

__all__ = [
    "BATCH_LIMIT_BYTES",
    "BATCH_LIMIT_EVENTS",
    "FLAVORS",
    "KIND_WORDS",
    "LINE_LIMIT",
    "MODEL_FILES",
    "PROTOCOL",
    "RECEIPT_TYPE",
    "SELF_REPORTED_TYPE",
    "SITE_OPERATOR",
    "TRANSIENT",
    "Bootstrap",
    "Chart",
    "Claim",
    "ClaimRequest",
    "ColumnFacts",
    "Confusion",
    "ContractError",
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
    "NextJob",
    "NextRequest",
    "Note",
    "NoteCode",
    "OutputRepo",
    "Param",
    "ParamKind",
    "PinnedRepo",
    "Recipe",
    "RecipeInput",
    "Reference",
    "RunState",
    "Score",
    "Source",
    "Table",
    "TrainingResult",
    "Unit",
    "View",
    "WorkerHello",
    "WorkerTerms",
    "canonical_json",
    "clean_params",
    "config_hash",
    "estimate",
    "fault_of",
    "fault_title",
    "find_recipe",
    "fingerprints",
    "format_message",
    "public_key_of",
    "receipt_body",
    "recipe_folders",
    "recipe_for",
    "recipe_key",
    "recipes",
    "sha256_hex",
    "sign_receipt",
    "translate_message",
    "verify_receipt",
]
