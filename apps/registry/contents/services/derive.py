"""Derives the columns of a repository from its files; all of them can be rebuilt."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import translation

from apps.core.cache import CachedValue
from apps.core.objects.errors import MissingBytes
from apps.registry.blobs.errors import MissingObject
from apps.registry.formats.cards import (
    CardReport,
    derive_facts,
    split_front_matter,
    to_storable,
    validate_card,
)
from apps.registry.formats.cards.facts import Facts
from apps.registry.formats.gguf import BadGguf, gguf_facts, read_gguf
from apps.registry.formats.safetensors import ReadRange, TensorSums
from apps.registry.gitstore import Entry, GitRepo
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Relation, Repo, RepoRelation
from apps.registry.repos.selectors.files import git_of
from apps.registry.repos.services.counting import count_regular

from ..errors import CommitRefused
from .checks import CARD, WEIGHTS, read_weights
from .large import large_reader
from .warnings import Warnings

log = structlog.get_logger(__name__)
CARD_LIMIT_BYTES = 4 << 20
CONFIG_LIMIT_BYTES = 2 << 20
SHARDS_LIMIT = 2_000
KEPT_CONFIG = (
    "architectures",
    "model_type",
    "quantization_config",
    "auto_map",
    "num_labels",
    "id2label",
    "max_position_embeddings",
    "peft_type",
    "base_model_name_or_path",
)
CONFIGS = ("adapter_config.json", "config.json")
RELATIONS_LIMIT = 100
ATTEMPTS = 5
GGUF = ".gguf"
# the vision part beside a model
PROJECTOR = "mmproj"
PART = re.compile(r"-\d{5}-of-\d{5}(?=\.gguf$)")
# of all parts of a model together; a second for 8 MiB
GGUF_HEADERS_BYTES = 34 << 20
GGUF_FACTS = CachedValue("gguf-facts", dict[str, int | str], seconds=30 * 24 * 3600)


@dataclass(slots=True)
class RepoFacts:
    """What is collected in one walk over the files of a commit.

    names    paths of top-level files and TensorBoard events
    weights  path -> safetensors file at the root
    gguf     path -> GGUF file at the root
    is_cut   the file limit was reached
    """

    sha: str
    size_bytes: int = 0
    regular_bytes: int = 0
    file_count: int = 0
    names: list[str] = field(default_factory=list)
    weights: dict[str, Entry] = field(default_factory=dict)
    gguf: dict[str, Entry] = field(default_factory=dict)
    is_cut: bool = False


def refresh_derived(repo: Repo) -> Repo:
    """Derive everything from the head of the default branch and store it; idempotent."""
    for _ in range(ATTEMPTS):
        git = git_of(repo)
        sha = git.target(f"refs/heads/{repo.default_branch}")
        # stored messages must not depend on the language of the person who commits
        with translation.override("en"):
            values, facts = _derive(repo, git, sha) if sha else ({"head": "", "tags": []}, Facts())
        with transaction.atomic():
            row = Repo.objects.select_related("namespace").select_for_update(of=("self",)).get(pk=repo.pk)
            if git_of(row).target(f"refs/heads/{row.default_branch}") == sha:
                _store(row, values, facts)
                return row
        repo = row
    log.warning("repo.derive_gave_up", repo=str(repo.address), attempts=ATTEMPTS)
    return repo


def _store(row: Repo, values: dict[str, Any], facts: Facts) -> None:
    before = row.regular_bytes
    for name, value in values.items():
        setattr(row, name, value)
    Repo.objects.filter(pk=row.pk).update(**values)
    _store_relations(row, facts)
    count_regular(row, row.regular_bytes - before)


def _store_relations(row: Repo, facts: Facts) -> None:
    """Store a row for each base model and dataset that the repository names, except itself."""
    named = [(RepoKind.MODEL, facts.relation, one) for one in facts.base_models]
    named += [(RepoKind.DATASET, Relation.TRAINED_ON, one) for one in facts.datasets]
    wanted: dict[tuple[str, str], tuple[str, str]] = {}
    for kind, relation, target in named[:RELATIONS_LIMIT]:
        if (kind, target.casefold()) != (row.kind, row.address_key):
            wanted.setdefault((kind, target.casefold()), (relation, to_storable(target)))
    existing = {(one.target_kind, one.target_key): (one.relation, one.target) for one in row.relations.all()}
    if existing != wanted:
        row.relations.all().delete()
        RepoRelation.objects.bulk_create(
            RepoRelation(repo=row, relation=relation, target_kind=kind, target=target, target_key=key)
            for (kind, key), (relation, target) in wanted.items()
        )


def _derive(repo: Repo, git: GitRepo, sha: str) -> tuple[dict[str, Any], Facts]:
    survey = _collect_facts(git, sha)
    body, report = _read_card(repo, git, sha)
    config = _read_config(git, sha)
    facts = derive_facts(RepoKind(repo.kind), report.data, body, config, survey.names)
    sums, problem = _count_weights(repo, git, survey)
    if survey.is_cut:
        limit = settings.REVISION_FILES_LIMIT
        problem = (
            f"This revision has more than {limit:,} files and folders. "
            f"Only the first ones are counted. {problem}"
        )
    return {
        "head": sha,
        "card": report.data,
        "card_problem": " ".join(report.errors)[:600],
        "config": config,
        "size_bytes": survey.size_bytes,
        "regular_bytes": survey.regular_bytes,
        "file_count": survey.file_count,
        "parameters": sums.total if sums else None,
        "parameters_by_dtype": sums.by_dtype if sums else {},
        "gguf": _read_gguf(repo, git, survey),
        "files_problem": problem[:600],
        "tags": facts.tags,
        **_columns(facts),
    }, facts


def _columns(facts: Facts) -> dict[str, Any]:
    names = ("title", "description", "task", "library", "license", "languages", "base_models", "datasets")
    return {name: to_storable(getattr(facts, name)) for name in names}


def _collect_facts(git: GitRepo, sha: str) -> RepoFacts:
    survey = RepoFacts(sha)
    for index, entry in enumerate(git.tree(sha, recursive=True)):
        if index >= settings.REVISION_FILES_LIMIT:
            survey.is_cut = True
            break
        if not entry.is_file:
            continue
        survey.size_bytes += entry.size
        survey.regular_bytes += 0 if entry.pointer else entry.size
        survey.file_count += 1
        if "/" not in entry.path or "tfevents" in entry.name:
            survey.names.append(entry.path)
        if entry.path.endswith(WEIGHTS) and "/" not in entry.path and len(survey.weights) < SHARDS_LIMIT:
            survey.weights[entry.path] = entry
        if entry.path.endswith(GGUF) and "/" not in entry.path and len(survey.gguf) < SHARDS_LIMIT:
            survey.gguf[entry.path] = entry
    return survey


def _read_card(repo: Repo, git: GitRepo, sha: str) -> tuple[str, CardReport]:
    """Return the text of the README without its metadata, and the report on the metadata."""
    raw = git.read_file(sha, CARD, CARD_LIMIT_BYTES)
    if raw is None:
        return "", CardReport()
    text = raw.decode(errors="replace")
    return to_storable(split_front_matter(text)[1]), validate_card(text, repo.kind)


def _read_config(git: GitRepo, sha: str) -> dict[str, Any]:
    """Return the stored part of config.json and adapter_config.json; invalid files are skipped."""
    kept: dict[str, Any] = {}
    for name in CONFIGS:
        raw = git.read_file(sha, name, CONFIG_LIMIT_BYTES)
        try:
            config = json.loads(raw) if raw else None
        except (ValueError, RecursionError):
            continue
        if isinstance(config, dict):
            kept |= {
                key: to_storable(config[key])
                for key in KEPT_CONFIG
                if key in config and len(str(config[key])) < 20_000
            }
    if pipeline := _pipeline_class(git, sha):
        kept["diffusers"] = {"_class_name": pipeline}
    return kept


def _pipeline_class(git: GitRepo, sha: str) -> str:
    """Return the class that model_index.json of diffusers names, or an empty string."""
    raw = git.read_file(sha, "model_index.json", CONFIG_LIMIT_BYTES)
    try:
        name = json.loads(raw)["_class_name"] if raw else ""
    except (ValueError, RecursionError, LookupError, TypeError):
        return ""
    return to_storable(name)[:100] if isinstance(name, str) else ""


def _count_weights(repo: Repo, git: GitRepo, survey: RepoFacts) -> tuple[TensorSums | None, str]:
    """Return the parameters of the model by dtype, and the problem of the first malformed file."""
    by_dtype: dict[str, int] = {}
    warnings = Warnings()
    for entry in _model_files(git, survey):
        try:
            sums = read_weights(
                entry.path,
                _reader(repo, git, entry),
                entry.size,
                entry.pointer.oid if entry.pointer else entry.oid,
            )
        except CommitRefused as refusal:
            return None, refusal.message
        warnings.add_weights(entry.path, sums)
        for dtype, count in sums.by_dtype.items():
            by_dtype[dtype] = by_dtype.get(dtype, 0) + count
    problem = next(iter(warnings.sentences()), "")
    return (TensorSums(by_dtype) if by_dtype else None), problem


def _read_gguf(repo: Repo, git: GitRepo, survey: RepoFacts) -> dict[str, Any]:
    """Return the facts of the first model in GGUF, with the parameters of all its parts.

    {} without one, or if its headers are malformed or too long.
    """
    paths = [path for path in sorted(survey.gguf) if not path.startswith(PROJECTOR)]
    whole = PART.sub("", paths[0]) if paths else ""
    parts = [path for path in paths if PART.sub("", path) == whole]
    facts: dict[str, Any] = {}
    left = GGUF_HEADERS_BYTES
    for path in parts:
        found, used = _gguf_facts(repo, git, survey.gguf[path], left)
        left -= used
        if not found:
            return {}
        facts = {**found, **facts, "total": found["total"] + facts.get("total", 0)}
    return facts


def _gguf_facts(repo: Repo, git: GitRepo, entry: Entry, limit_bytes: int) -> tuple[dict[str, Any], int]:
    """Return the facts of a GGUF file, cached by its content, and how many bytes of it were read."""
    key = entry.pointer.oid if entry.pointer else entry.oid
    cached = GGUF_FACTS.get(key)
    if cached is not None:
        return cached, 0
    read, used = _reader(repo, git, entry), 0

    def bounded(start: int, end: int) -> bytes:
        nonlocal used
        used += end - start
        if used > limit_bytes:
            raise BadGguf("its header is too long")
        return read(start, end)

    try:
        found = to_storable(gguf_facts(read_gguf(bounded, entry.size)))
    except (BadGguf, MissingObject, MissingBytes):
        found = {}
    if used <= limit_bytes:
        GGUF_FACTS.set(found, key)
    return found, used


def _model_files(git: GitRepo, survey: RepoFacts) -> list[Entry]:
    """Return the weights of the model: shards of its index, model.safetensors, or all files at the root."""
    raw = git.read_file(survey.sha, "model.safetensors.index.json", CONFIG_LIMIT_BYTES * 8)
    try:
        shards = set(json.loads(raw)["weight_map"].values()) if raw else set()
        named = [entry for path, entry in survey.weights.items() if path in shards]
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        named = []
    if named:
        return named
    single = survey.weights.get("model.safetensors")
    return [single] if single else list(survey.weights.values())


def _reader(repo: Repo, git: GitRepo, entry: Entry) -> ReadRange:
    if entry.pointer:
        return large_reader(repo, entry.pointer.oid)
    data = git.read(entry.oid)
    return lambda start, end: data[start:end]
