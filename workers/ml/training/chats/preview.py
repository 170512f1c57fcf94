"""Reports how a model would read the rows of a dataset: their tokens, what is cut, and some rows in full."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from datasets import Dataset
from transformers import PreTrainedTokenizerBase

from apps.toolchain.contracts import IntervalMethod, Note, Samples, Score, Table
from apps.toolchain.contracts.chat_training import (
    AS_LEARNED,
    AS_TEXT,
    AS_TOKENS,
    HISTOGRAM_TITLE,
    LEARNED_SHARE,
    PREVIEW_TITLE,
    ROW,
    ROWS_LEFT_OUT,
    ROWS_TRUNCATED,
    TOKENS_A_ROW,
    UP_TO,
)
from apps.toolchain.contracts.chats import BUCKETS

from ...context import RecipeContext
from ..results import score_of, write_report
from .data import ChatData
from .templates import IGNORED, Tokens
from .tokens import Cut

TEXT_LIMIT = 6000
TOKENS_SHOWN = 400
SEPARATOR = "·"


@dataclass(slots=True)
class Lengths:
    """How long the rows of a split are. histogram: rows for each of BUCKETS and one beyond"""

    cut: Cut
    tokens: int = 0
    learned: int = 0
    histogram: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))

    def add(self, one: Tokens, max_length: int) -> None:
        """Count a row by its longest form."""
        length = len(one.ids)
        learned = sum(label != IGNORED for label in one.labels[1:max_length])
        self.tokens += length
        self.learned += learned
        self.cut.truncated += length > max_length
        self.cut.left_out += not learned
        self.histogram[bisect_left(BUCKETS, length)] += 1


def report_preview(
    context: RecipeContext,
    data: ChatData,
    tokenizer: PreTrainedTokenizerBase,
    lengths: Mapping[str, Lengths],
    shown: Sequence[tuple[int, Tokens]],
    notes: Sequence[Note],
) -> None:
    """Write the report.

    lengths  by split
    shown    numbers of rows of the training split, and their tokens
    """
    scores = [score for name, one in lengths.items() for score in scores_of(data.names[name], one)]
    rows = [(number, *shown_row(tokenizer, one)) for number, one in shown]
    views = (
        Samples(PREVIEW_TITLE, (ROW, AS_TEXT, AS_TOKENS, AS_LEARNED), tuple(rows)),
        Table(HISTOGRAM_TITLE, (UP_TO, *(data.names[name] for name in lengths)), tuple(histogram(lengths))),
    )
    write_report(context, scores=scores, views=views, notes=notes)


def scores_of(split: str, one: Lengths) -> Iterator[Score]:
    n = one.cut.rows
    values = {
        ROWS_TRUNCATED: one.cut.truncated / n,
        ROWS_LEFT_OUT: one.cut.left_out / n,
        TOKENS_A_ROW: one.tokens / n,
        LEARNED_SHARE: one.learned / max(1, one.tokens),
    }
    for metric, value in values.items():
        yield score_of(metric, value, None, n=n, method=IntervalMethod.WILSON, split=split)


def histogram(lengths: Mapping[str, Lengths]) -> Iterator[tuple[str, ...]]:
    """Yield rows of the table, from the first length that occurs to the last."""
    tops = [f"{top:,}" for top in BUCKETS] + [f"> {BUCKETS[-1]:,}"]
    filled = [place for place in range(len(tops)) if any(one.histogram[place] for one in lengths.values())]
    for place in range(filled[0], filled[-1] + 1):
        yield (tops[place], *(f"{one.histogram[place]:,}" for one in lengths.values()))


def shown_row(tokenizer: PreTrainedTokenizerBase, one: Tokens) -> tuple[str, str, str]:
    """Return a row as text, as tokens, and what of it is learned."""
    pieces = [tokenizer.decode([token]) for token in one.ids[:TOKENS_SHOWN]]
    more = f" … {len(one.ids) - TOKENS_SHOWN:,} more" if len(one.ids) > TOKENS_SHOWN else ""
    learned = [label for label in one.labels if label != IGNORED]
    texts = (
        str(tokenizer.decode(one.ids)),
        SEPARATOR.join(map(str, pieces)) + more,
        str(tokenizer.decode(learned)),
    )
    return tuple(text[:TEXT_LIMIT] for text in texts)  # type: ignore[return-value]


def rows_to_show(split: Dataset, count: int) -> set[int]:
    """Return the numbers of the rows to show: the first ones."""
    return set(split[: min(count, len(split))]["row"])
