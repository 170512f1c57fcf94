"""Scores a language model: its answers against references, and how likely it finds these or whole texts."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from transformers import PreTrainedTokenizerBase, set_seed

from apps.toolchain.contracts import Bootstrap, IntervalMethod, Metric, Note, NoteCode, Score
from apps.toolchain.contracts.recipes.text_generation import (
    ANSWERS_TASK,
    BITS_PER_BYTE,
    BLEU,
    CHRF,
    CUT_OFF,
    EMPTY,
    EVALUATE,
    EXACT_MATCH,
    F1,
    PERPLEXITY,
    REFUSALS,
)

from ...context import RecipeContext
from ...faults import UserFault
from ...training import results
from ...training.answers import AnswerBook
from ...training.generating import Answer, Decoding, Writer, prefix_token
from ...training.intervals import CONFIDENCE, MIN_SAMPLES, wilson_interval
from ...training.language_models import context_tokens, frozen_dtype, load_language_model
from ...training.likelihood import Window, score_windows, windows_of
from ...training.loading import load_config, load_tokenizer
from ...training.prompts import PLAIN, encode_prompts, keep_end, way_of
from ...training.resampling import interval_of_mean, interval_of_sums
from ...training.results import score_of
from ...training.tokens import special_pattern, without_special_tokens
from .refusals import is_refusal
from .rows import Row, chosen_split, leaks, rows_of, values_of
from .samples import keep_samples
from .text_scores import (
    CorpusScore,
    bleu,
    bleu_tokenizer,
    chrf,
    exact_matches,
    f1_scores,
    rouge_scores,
    units_of,
)

MIN_ROWS = 2
DIGITS = 6
AUTO_CONTEXT = 1024
LARGEST_EXPONENT = 700.0
MODEL = "model"


@dataclass(slots=True)
class Measurements:
    """What a run found.

    shares    of the rows (n,) bool, by metric
    means     of the rows (n,), by metric
    corpus    scores of all rows together, by metric
    losses    negative log-likelihood in nats (n,), of so many tokens and bytes (n,)
    """

    rows: list[Row]
    answers: list[Answer] = field(default_factory=list)
    shares: dict[Metric, np.ndarray] = field(default_factory=dict)
    means: dict[Metric, np.ndarray] = field(default_factory=dict)
    corpus: dict[Metric, CorpusScore] = field(default_factory=dict)
    losses: np.ndarray = field(default_factory=lambda: np.zeros(0))
    tokens: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    sizes: np.ndarray = field(default_factory=lambda: np.zeros(0))
    notes: list[Note] = field(default_factory=list)
    resolved: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reader:
    """The model of the run. way: how prompts are put to it; limit: tokens that it reads at once"""

    model: Any
    tokenizer: PreTrainedTokenizerBase
    way: str
    limit: int
    dtype: str


def run(context: RecipeContext) -> None:
    """Score the pinned model on the pinned split and write the result to the run folder.

    raises  UserFault, Interruption
    """
    set_seed(context.spec.seed)
    context.events.progress(0, 0, "reading")
    scored = read_rows(context)
    reader = load_reader(context)
    context.events.log(f"Scoring {len(scored.rows)} rows of the split {context.spec.params['split']!r}.")
    if context.spec.params["task"] == ANSWERS_TASK:
        score_answers(context, reader, scored)
        windows = answer_windows(context, reader, scored)
    else:
        windows = text_windows(context, reader, scored)
    score_likelihood(context, reader, scored, windows)
    write_result(context, reader, scored)


def read_rows(context: RecipeContext) -> Measurements:
    """Return the rows with their references.

    raises  UserFault
    """
    params = context.spec.params
    split, numbers, notes = chosen_split(context)
    column = params["reference_column"]
    wanted = values_of(split, column, params["split"], numbers)
    if len(wanted) < MIN_ROWS:
        problem = f"The split {params['split']!r} has {len(wanted)} rows"
        raise UserFault("rows_too_few", f"{problem}; an evaluation needs at least {MIN_ROWS}.")
    rows = rows_of(split, numbers, wanted, params)
    return Measurements(rows, notes=[*notes, *leaks(context, rows)])


def load_reader(context: RecipeContext) -> Reader:
    """Load the model.

    raises  UserFault if it cannot do what is questions
    """
    params, folder = context.spec.params, context.model_folder
    config, tokenizer = load_config(folder), load_tokenizer(folder)
    is_of_answers = params["task"] == ANSWERS_TASK
    if config.is_encoder_decoder and not is_of_answers:
        message = "The model reads one text and writes another; it has no likelihood of a text alone."
        raise UserFault("model_unsupported", f"{message} Score its answers.")
    way = way_of(tokenizer, params["template"]) if is_of_answers else PLAIN
    limit = context_tokens(config, tokenizer, folder)
    dtype = frozen_dtype(folder)
    model = load_language_model(context, folder, config, tokenizer, dtype=dtype)
    return Reader(model, tokenizer, way, limit, str(dtype).removeprefix("torch."))


def score_answers(context: RecipeContext, reader: Reader, scored: Measurements) -> None:
    """Let the model answer, and compare its answers with the references.

    raises  Interruption, UserFault
    """
    params, rows = context.spec.params, scored.rows
    prompts = encoded_prompts(context, reader, rows)
    decoding = Decoding.of_params(params, context.spec.seed, reader.limit)
    longest = reader.limit - decoding.max_new_tokens
    cut = sum(len(ids) > longest for ids in prompts)
    if cut:
        values = {"count": cut, "total": len(rows), "tokens": longest}
        scored.notes.append(Note(NoteCode.TRUNCATED, values))
    order = [int(number) for number in np.argsort([len(ids) for ids in prompts], kind="stable")]
    writer = Writer(reader.model, reader.tokenizer, decoding)
    book = AnswerBook(context)
    book.write(MODEL, writer, [keep_end(ids, longest) for ids in prompts], order, total=len(rows))
    scored.answers = book.of(MODEL, range(len(rows)))
    scored.resolved |= {"template": reader.way, "max_new_tokens": decoding.max_new_tokens}
    compare(scored)


def encoded_prompts(context: RecipeContext, reader: Reader, rows: Sequence[Row]) -> list[list[int]]:
    system = context.spec.params["system_prompt"]
    return encode_prompts(reader.tokenizer, [row.prompt for row in rows], reader.way, system=system)


def compare(scored: Measurements) -> None:
    """Compute what the answers say about the model."""
    answers = [answer.text for answer in scored.answers]
    references = [row.references for row in scored.rows]
    every = [one for right in references for one in right]
    units = units_of(every)
    tokenizer = bleu_tokenizer(every, units)
    scored.shares = {
        EXACT_MATCH: exact_matches(answers, references),
        REFUSALS: np.array([is_refusal(text) for text in answers]),
        EMPTY: np.array([not text for text in answers]),
        CUT_OFF: np.array([answer.is_cut for answer in scored.answers]),
    }
    rouges = rouge_scores(answers, references, units)
    scored.means = {
        F1: f1_scores(answers, references, units),
        **{EVALUATE.metric(name): values for name, values in rouges.items()},
    }
    scored.corpus = {BLEU: bleu(answers, references, tokenizer), CHRF: chrf(answers, references)}
    scored.resolved |= {"compared_by": units} | {
        metric.name: one.signature for metric, one in scored.corpus.items()
    }


def answer_windows(context: RecipeContext, reader: Reader, scored: Measurements) -> list[Window]:
    """Return each row's first reference after its prompt; the reference alone is scored."""
    prompts = encoded_prompts(context, reader, scored.rows)
    texts = [row.references[0] for row in scored.rows]
    found, sizes, longest = [], [], max(1, reader.limit // 2)
    for number, (ids, text) in enumerate(zip(prompts, texts, strict=True)):
        whole = reference_tokens(reader, text)
        found.append(answer_window(reader, number, ids, whole[:longest]))
        sizes.append(len(text.encode()) * min(1, longest / max(1, len(whole))))
    scored.sizes = np.array(sizes)
    return found


def answer_window(reader: Reader, number: int, prompt: Sequence[int], target: Sequence[int]) -> Window:
    if reader.model.config.is_encoder_decoder:
        start = reader.model.config.decoder_start_token_id
        return Window(number, (start, *target), len(target), tuple(keep_end(prompt, reader.limit)))
    kept = list(prompt)
    while reader.way == PLAIN and kept and kept[-1] == reader.tokenizer.eos_token_id:
        kept.pop()
    before = keep_end(kept, reader.limit - len(target)) or [prefix_token(reader.tokenizer)]
    return Window(number, (*before, *target), len(target))


def reference_tokens(reader: Reader, text: str) -> list[int]:
    """Return a reference as a continuation: after a plain prompt it begins with a space."""
    plain = without_special_tokens(text, special_pattern(reader.tokenizer))
    begins = plain if reader.way != PLAIN or reader.model.config.is_encoder_decoder else f" {plain}"
    return list(reader.tokenizer(begins, add_special_tokens=False)["input_ids"])


def text_windows(context: RecipeContext, reader: Reader, scored: Measurements) -> list[Window]:
    """Return the windows of each row's text, of which every token is scored."""
    wanted = context.spec.params["context_length"]
    length = min(reader.limit, AUTO_CONTEXT if wanted == "auto" else wanted)
    stride = max(1, length // 2)
    scored.resolved |= {"context_length": length, "stride": stride}
    pattern, first = special_pattern(reader.tokenizer), prefix_token(reader.tokenizer)
    found = []
    for number, row in enumerate(scored.rows):
        text = without_special_tokens(row.references[0], pattern)
        ids = reader.tokenizer(text, add_special_tokens=False)["input_ids"]
        found += windows_of([first, *ids], text=number, length=length, stride=stride)
    scored.sizes = np.array([float(len(row.references[0].encode())) for row in scored.rows])
    return found


def score_likelihood(
    context: RecipeContext, reader: Reader, scored: Measurements, windows: Sequence[Window]
) -> None:
    scored.losses, scored.tokens = score_windows(
        reader.model,
        windows,
        len(scored.rows),
        pad=reader.tokenizer.pad_token_id,
        batch_size=context.spec.params["batch_size"],
        cancellation=context.cancellation,
        progress=lambda done, total: context.events.progress(done, total, "scoring"),
    )


def scores_of(scored: Measurements, plan: Bootstrap) -> tuple[list[Score], list[Note]]:
    """Return every score with its interval, and notes about those without one."""
    n, found = len(scored.rows), []
    for metric, hits in scored.shares.items():
        count = int(hits.sum())
        bounds = wilson_interval(count, n) if n >= MIN_SAMPLES else None
        found.append(score_of(metric, count / n, bounds, n=n, method=IntervalMethod.WILSON))
    for metric, values in scored.means.items():
        found.append(resampled(metric, float(values.mean()), interval_of_mean(values, plan), n=n, most=1))
    for metric, one in scored.corpus.items():
        bounds = interval_of_sums(one.counts, one.combine, plan)
        found.append(resampled(metric, one.value, bounds, n=n, most=100))
    found += likelihood_scores(scored, plan)
    order = [metric.name for metric in EVALUATE.metrics]
    found.sort(key=lambda score: order.index(score.name))
    few = [EVALUATE.metric(score.name).label for score in found if score.low is None]
    return found, [Note(NoteCode.TOO_FEW_ROWS, {"metric": ", ".join(few)})] if few else []


def resampled(
    metric: Metric, value: float, bounds: tuple[float, float] | None, *, n: int, most: float
) -> Score:
    """Return a score between 0 and `most`; where resampling has no spread, Wilson's bounds stand in."""
    if bounds is None or bounds[0] < bounds[1]:
        return score_of(metric, value, bounds, n=n, method=IntervalMethod.BCA)
    low, high = wilson_interval(min(value / most, 1.0) * n, n)
    return score_of(metric, value, (most * low, most * high), n=n, method=IntervalMethod.WILSON)


def likelihood_scores(scored: Measurements, plan: Bootstrap) -> list[Score]:
    """Return perplexity by token and bits by byte: only the latter compares models with other tokenizers."""
    if not scored.tokens.sum() or not scored.sizes.sum():
        return []
    found = []
    for metric, sizes, combine in (
        (PERPLEXITY, scored.tokens, perplexity_of),
        (BITS_PER_BYTE, scored.sizes, bits_of),
    ):
        counts = np.stack([scored.losses, sizes.astype(float)], 1)
        value = float(combine(counts.sum(0)[None])[0])
        bounds = interval_of_sums(counts, combine, plan)
        found.append(score_of(metric, value, bounds, n=len(counts), method=IntervalMethod.BCA))
    return found


def perplexity_of(sums: np.ndarray) -> np.ndarray:
    """Return perplexities of sums of nats and tokens (m, 2)."""
    return np.asarray(np.exp(np.minimum(sums[:, 0] / sums[:, 1], LARGEST_EXPONENT)))


def bits_of(sums: np.ndarray) -> np.ndarray:
    """Return bits per byte of sums of nats and bytes (m, 2)."""
    return np.asarray(sums[:, 0] / sums[:, 1] / math.log(2))


def write_result(context: RecipeContext, reader: Reader, scored: Measurements) -> None:
    """Write scores, notes and the log of the samples."""
    params = context.spec.params
    plan = Bootstrap(params["bootstrap_resamples"], CONFIDENCE, context.spec.seed)
    scores, notes = scores_of(scored, plan)
    if params["keep_samples"]:
        keep_samples(context, scored)
    results.write_result(
        context,
        Path(__file__).parent,
        scores=scores,
        notes=[*scored.notes, *notes],
        log=sample_lines(scored),
        split=params["split"],
        samples=len(scored.rows),
        bootstrap=plan.to_json(),
        dtype=reader.dtype,
        resolved=scored.resolved,
        **answer_facts(reader, scored),
    )


def answer_facts(reader: Reader, scored: Measurements) -> dict[str, Any]:
    """Return what always giving the most frequent answer would score, and the lengths of the answers."""
    if not scored.answers:
        return {}
    first = [row.references[0] for row in scored.rows]
    common = Counter(first).most_common(1)[0][0]
    references = [row.references for row in scored.rows]
    units = scored.resolved["compared_by"]
    given = [common] * len(references)
    baseline = {
        "exact_match": round(float(exact_matches(given, references).mean()), DIGITS),
        "f1": round(float(f1_scores(given, references, units).mean()), DIGITS),
    }
    lengths = {
        "answers": round(float(np.mean([answer.tokens for answer in scored.answers])), 2),
        "references": round(float(np.mean([len(reference_tokens(reader, text)) for text in first])), 2),
    }
    return {"baseline": baseline, "lengths": lengths}


def sample_lines(scored: Measurements) -> Iterator[str]:
    """Yield one line per sample: hashes of its texts, and what was measured."""
    for place, row in enumerate(scored.rows):
        facts: dict[str, Any] = {
            "index": row.number,
            "prompt_sha256": sha256(row.prompt.text),
            "references_sha256": [sha256(text) for text in row.references],
            "nats": round(float(scored.losses[place]), DIGITS),
            "tokens": int(scored.tokens[place]),
        }
        if scored.answers:
            answer = scored.answers[place]
            facts |= {"answer_sha256": sha256(answer.text), "answer_tokens": answer.tokens}
            facts |= measured(scored, place)
        yield json.dumps(facts, ensure_ascii=False, separators=(",", ":")) + "\n"


def measured(scored: Measurements, place: int) -> Mapping[str, Any]:
    shares = {metric.name: bool(hits[place]) for metric, hits in scored.shares.items()}
    means = {metric.name: round(float(values[place]), DIGITS) for metric, values in scored.means.items()}
    return {**shares, **means}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
