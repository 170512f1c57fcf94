"""How alike answers and references are: exact match, F1, ROUGE, BLEU and chrF, each sample by sample."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.helpers import extract_all_char_ngrams

ARTICLES = re.compile(r"\b(?:a|an|the)\b")
# scripts without spaces between words
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
OTHER_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff]")
LETTER = re.compile(r"[^\W\d_]")
SPACELESS_SHARE = 0.3
WORDS, CHARACTERS = "words", "characters"
ROUGES = ("rouge1", "rouge2", "rougeL")
BLEU_ORDER, CHRF_ORDER, CHRF_BETA = 4, 6, 2


def units_of(texts: Iterable[str]) -> str:
    """Return what the texts are compared by: CHARACTERS where their script has no spaces, else WORDS."""
    letters = spaceless = 0
    for text in texts:
        letters += len(LETTER.findall(text))
        spaceless += len(HAN.findall(text)) + len(OTHER_SPACELESS.findall(text))
    return CHARACTERS if letters and spaceless / letters > SPACELESS_SHARE else WORDS


def bleu_tokenizer(references: Iterable[str], units: str) -> str:
    """Return sacrebleu's tokenizer: its own for Chinese, characters for other scripts without spaces."""
    if units == WORDS:
        return "13a"
    return "char" if any(OTHER_SPACELESS.search(text) for text in references) else "zh"


def normalized(text: str) -> str:
    """Return a text in lower case without punctuation and English articles.

    source  the evaluation script of SQuAD, Rajpurkar et al. 2016, arXiv:1606.05250, for all of Unicode
    """
    kept = "".join(
        " " if unicodedata.category(letter)[0] == "P" else letter
        for letter in unicodedata.normalize("NFKC", text).lower()
    )
    return " ".join(ARTICLES.sub(" ", kept).split())


def parts_of(text: str, units: str) -> list[str]:
    """Return what the F1 of a text counts: its words, or its characters."""
    plain = normalized(text)
    return plain.split() if units == WORDS else list(plain.replace(" ", ""))


def overlap_f1(answer: Sequence[str], reference: Sequence[str]) -> float:
    """Return the harmonic mean of precision and recall of the parts; 1 if both are empty."""
    if not answer or not reference:
        return float(answer == reference)
    common = sum((Counter(answer) & Counter(reference)).values())
    return 2 * common / (len(answer) + len(reference))


def exact_matches(answers: Sequence[str], references: Sequence[Sequence[str]]) -> np.ndarray:
    """Return whether each answer is one of its references after normalization (n,) bool."""
    return np.array(
        [
            normalized(answer) in {normalized(one) for one in right}
            for answer, right in zip(answers, references, strict=True)
        ]
    )


def f1_scores(answers: Sequence[str], references: Sequence[Sequence[str]], units: str) -> np.ndarray:
    """Return each answer's best F1 (n,)."""
    return np.array(
        [
            max(overlap_f1(parts_of(answer, units), parts_of(one, units)) for one in right)
            for answer, right in zip(answers, references, strict=True)
        ]
    )


class CharacterTokenizer:
    """Splits texts for ROUGE where a script has no spaces between words."""

    def tokenize(self, text: str) -> list[str]:
        return parts_of(text, CHARACTERS)


def rouge_scores(
    answers: Sequence[str], references: Sequence[Sequence[str]], units: str
) -> dict[str, np.ndarray]:
    """Return each answer's best F-measure (n,) for each of ROUGES."""
    scorer = RougeScorer(list(ROUGES), tokenizer=None if units == WORDS else CharacterTokenizer())
    found = [
        scorer.score_multi(list(right), answer) for answer, right in zip(answers, references, strict=True)
    ]
    return {name: np.array([one[name].fmeasure for one in found]) for name in ROUGES}


@dataclass(frozen=True, slots=True)
class CorpusScore:
    """A score of all samples together.

    counts   what each sample adds (n, k)
    combine  scores (m,) of sums of counts (m, k)
    """

    value: float
    counts: np.ndarray
    combine: Callable[[np.ndarray], np.ndarray]
    signature: str = ""


def streams_of(references: Sequence[Sequence[str]]) -> Any:
    """Return references as sacrebleu takes them: the first of all samples, the second of all, …"""
    longest = max(map(len, references))
    return [
        [right[place] if place < len(right) else None for right in references] for place in range(longest)
    ]


def bleu(answers: Sequence[str], references: Sequence[Sequence[str]], tokenizer: str) -> CorpusScore:
    """Return corpus BLEU, 0 to 100.

    source  Post 2018, arXiv:1804.08771
    """
    metric, sample = BLEU(tokenize=tokenizer), BLEU(tokenize=tokenizer, effective_order=True)
    whole = metric.corpus_score(list(answers), streams_of(references))
    found = [
        sample.sentence_score(answer, list(right)) for answer, right in zip(answers, references, strict=True)
    ]
    counts = np.array([[*one.counts, *one.totals, one.sys_len, one.ref_len] for one in found], np.int64)

    def combine(sums: np.ndarray) -> np.ndarray:
        rows = sums.round().astype(np.int64).tolist()
        parts = [(row[:BLEU_ORDER], row[BLEU_ORDER : 2 * BLEU_ORDER], row[-2], row[-1]) for row in rows]
        return np.array([BLEU.compute_bleu(*part, smooth_method="exp").score for part in parts])

    return CorpusScore(whole.score, counts, combine, str(metric.get_signature()))


def chrf(answers: Sequence[str], references: Sequence[Sequence[str]]) -> CorpusScore:
    """Return corpus chrF, 0 to 100.

    source  Popović 2015, aclanthology.org/W15-3049
    """
    metric = CHRF(char_order=CHRF_ORDER, word_order=0, beta=CHRF_BETA)
    whole = metric.corpus_score(list(answers), streams_of(references))
    counts = np.array([best_grams(answer, right) for answer, right in zip(answers, references, strict=True)])
    return CorpusScore(whole.score, counts, chrf_of, str(metric.get_signature()))


def best_grams(answer: str, references: Sequence[str]) -> np.ndarray:
    """Return the counts of the closest reference (3 × CHRF_ORDER,): of answer, reference, both by order."""
    mine = extract_all_char_ngrams(answer, CHRF_ORDER)
    found = np.array([shared_grams(mine, extract_all_char_ngrams(one, CHRF_ORDER)) for one in references])
    return np.asarray(found[int(np.argmax(chrf_of(found)))])


def shared_grams(mine: Sequence[Counter[str]], right: Sequence[Counter[str]]) -> list[int]:
    """Return the numbers of n-grams of an answer and a reference, by order; none of those that it lacks."""
    counts = []
    for own, other in zip(mine, right, strict=True):
        total = sum(other.values())
        counts += [sum(own.values()) if total else 0, total, sum((own & other).values())]
    return counts


def chrf_of(sums: np.ndarray) -> np.ndarray:
    """Return chrF (m,) of summed counts (m, 3 × CHRF_ORDER): orders that one side lacks do not count."""
    mine, right, both = (sums[..., place::3].astype(float) for place in range(3))
    counted = (mine > 0) & (right > 0)
    orders = np.maximum(counted.sum(-1), 1)
    precision = np.where(counted, both / np.maximum(mine, 1), 0).sum(-1) / orders
    recall = np.where(counted, both / np.maximum(right, 1), 0).sum(-1) / orders
    below = CHRF_BETA**2 * precision + recall
    return np.asarray(
        100 * (1 + CHRF_BETA**2) * precision * recall / np.where(below > 0, below, 1), dtype=float
    )
