"""The contract between web and worker: plain values, without Django."""

from .canonical import canonical_json, config_hash, sha256_hex
from .errors import ContractError
from .events import (
    BATCH_LIMIT_BYTES,
    BATCH_LIMIT_EVENTS,
    LINE_LIMIT,
    Event,
    EventBatch,
    EventKind,
    EventsAnswer,
    Fault,
    RunState,
)
from .faults import TRANSIENT, fault_of, fault_title
from .messages import Message, format_message, translate_message
from .params import Param, ParamKind
from .receipts import RECEIPT_TYPE, public_key_of, receipt_body, sign_receipt, verify_receipt
from .recipes import Recipe, RecipeInput, clean_params, recipe_for, recipes
from .results import Baseline, Bootstrap, EvaluationResult, Score
from .spec import Claim, ClaimRequest, Hardware, JobKind, JobSpec, OutputRepo, PinnedRepo

__all__ = [
    "BATCH_LIMIT_BYTES",
    "BATCH_LIMIT_EVENTS",
    "LINE_LIMIT",
    "RECEIPT_TYPE",
    "TRANSIENT",
    "Baseline",
    "Bootstrap",
    "Claim",
    "ClaimRequest",
    "ContractError",
    "EvaluationResult",
    "Event",
    "EventBatch",
    "EventKind",
    "EventsAnswer",
    "Fault",
    "Hardware",
    "JobKind",
    "JobSpec",
    "Message",
    "OutputRepo",
    "Param",
    "ParamKind",
    "PinnedRepo",
    "Recipe",
    "RecipeInput",
    "RunState",
    "Score",
    "canonical_json",
    "clean_params",
    "config_hash",
    "fault_of",
    "fault_title",
    "format_message",
    "public_key_of",
    "receipt_body",
    "recipe_for",
    "recipes",
    "sha256_hex",
    "sign_receipt",
    "translate_message",
    "verify_receipt",
]
