"""The log of samples that an evaluation of a language model keeps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from apps.toolchain.contracts.recipes.text_generation import BITS_PER_BYTE, EXACT_MATCH, PERPLEXITY

from ...context import RecipeContext
from ...training.samples import TEXT_LETTERS, write_samples

if TYPE_CHECKING:
    from .evaluate import Measurements

DIGITS = 6


def keep_samples(context: RecipeContext, scored: Measurements) -> None:
    """Write prompts, references and answers with what was measured of each."""
    is_question = bool(scored.answers)
    references = [row.references[0] if row.references else "" for row in scored.rows]
    texts = [
        row.prompt.text if is_question else reference
        for row, reference in zip(scored.rows, references, strict=True)
    ]
    measures, metrics = measured_columns(scored)
    columns: dict[str, Any] = {}
    if is_question:
        columns = {
            "reference": pa.array((text[:TEXT_LETTERS] for text in references), pa.large_string()),
            "answer": pa.array((answer.text[:TEXT_LETTERS] for answer in scored.answers), pa.large_string()),
            "is_right": scored.shares[EXACT_MATCH],
        }
    write_samples(
        context,
        rows=np.array([row.number for row in scored.rows]),
        texts=texts,
        columns={**columns, **measures},
        metrics=metrics,
    )


def measured_columns(scored: Measurements) -> tuple[dict[str, Any], dict[str, str | Mapping[str, str]]]:
    """Return a column for each metric of the rows, and how scores come from these."""
    found = {metric.name: np.asarray(values) for metric, values in scored.shares.items()}
    found |= {metric.name: np.asarray(values).round(DIGITS) for metric, values in scored.means.items()}
    metrics: dict[str, str | Mapping[str, str]] = {name: name for name in found}
    likelihood = {
        "nats": scored.losses.round(DIGITS),
        "bits": (scored.losses / math.log(2)).round(DIGITS),
        "tokens": scored.tokens,
        "bytes": scored.sizes,
    }
    metrics[PERPLEXITY.name] = {"sum": "nats", "by": "tokens", "of": "exp"}
    metrics[BITS_PER_BYTE.name] = {"sum": "bits", "by": "bytes", "of": ""}
    return {**found, **likelihood}, metrics
