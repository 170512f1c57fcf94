"""Scores of answers: equal to the libraries that define them, fair to every script, with their intervals."""

from __future__ import annotations

import random

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from apps.toolchain.contracts import Bootstrap
from workers.ml.recipes.text_generation.refusals import is_refusal
from workers.ml.recipes.text_generation.text_scores import (
    CHARACTERS,
    WORDS,
    bleu,
    bleu_tokenizer,
    chrf,
    exact_matches,
    f1_scores,
    rouge_scores,
    units_of,
)
from workers.ml.training.resampling import interval_of_mean, interval_of_sums

VOCABULARY = "the a cat sat on mat, dog ran. Quickly! over hill it was 42 degrees".split()


def some_texts(count: int, *, seed: int) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choices(VOCABULARY, k=chance.randint(0, 12))) for _ in range(count)]


def some_references(count: int, *, seed: int) -> list[tuple[str, ...]]:
    first, second = some_texts(count, seed=seed), some_texts(count, seed=seed + 1)
    return [
        (one or "the cat", *([other] if place % 3 == 0 and other else []))
        for place, (one, other) in enumerate(zip(first, second, strict=True))
    ]


@pytest.mark.parametrize("seed", range(5))
def test_bleu_and_chrf_are_the_sums_of_their_samples(seed):
    answers, references = some_texts(60, seed=seed), some_references(60, seed=100 + seed)
    streams = [[right[place] if place < len(right) else None for right in references] for place in range(2)]

    found = bleu(answers, references, "13a"), chrf(answers, references)

    wanted = BLEU().corpus_score(answers, streams).score, CHRF().corpus_score(answers, streams).score
    assert [one.value for one in found] == pytest.approx(wanted)
    summed = [float(one.combine(one.counts.sum(0)[None])[0]) for one in found]
    assert summed == pytest.approx(wanted)
    assert found[0].signature.startswith("nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp")


def test_rouge_is_that_of_its_library_for_texts_of_words():
    answers, references = some_texts(30, seed=3), some_references(30, seed=4)
    library = RougeScorer(["rouge1", "rouge2", "rougeL"])

    found = rouge_scores(answers, references, WORDS)

    for place, (answer, right) in enumerate(zip(answers, references, strict=True)):
        wanted = library.score_multi(right, answer)
        assert {name: values[place] for name, values in found.items()} == pytest.approx(
            {name: one.fmeasure for name, one in wanted.items()}
        )


def test_exact_match_and_f1_ignore_case_articles_and_punctuation():
    answers = ["The Paris.", "in the city of paris", "London", ""]
    references = [("paris",), ("Paris, France", "Paris"), ("Paris",), ("Paris",)]

    assert exact_matches(answers, references).tolist() == [True, False, False, False]
    assert f1_scores(answers, references, WORDS).tolist() == pytest.approx([1.0, 0.4, 0.0, 0.0])


def test_texts_without_spaces_are_compared_by_characters():
    references = [("法国的首都是巴黎。",), ("我喜欢猫",)]
    answers = ["首都是巴黎", "狗"]

    units = units_of(text for right in references for text in right)

    assert units == CHARACTERS
    assert bleu_tokenizer(["法国"], units) == "zh"
    assert bleu_tokenizer(["フランスの首都"], units) == "char"
    assert f1_scores(answers, references, units).tolist() == pytest.approx([10 / 13, 0.0])
    assert rouge_scores(answers, references, units)["rougeL"].tolist() == pytest.approx([10 / 13, 0.0])
    assert units_of(["GPT-4 写的 English text with many Latin words in it"]) == WORDS


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.",
        "Sorry, I cannot answer this question.",
        "I can’t assist with that request.",
        "As an AI language model, I don't have opinions.",
        "抱歉，我无法回答这个问题。",
        "作为一个人工智能，我不能提供建议。",
    ],
)
def test_refusals_are_told_by_their_first_words(answer):
    assert is_refusal(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Paris",
        "You cannot divide by zero.",
        "I can help you with that!",
        "He said: I'm sorry, but I can't help with that.",
        "我不会游泳，但是我喜欢大海。",
    ],
)
def test_other_answers_are_no_refusals(answer):
    assert not is_refusal(answer)


def test_an_interval_of_sums_covers_the_true_ratio():
    plan, random_numbers, hits = Bootstrap(500, 0.95, 7), np.random.default_rng(5), 0
    for _ in range(100):
        tokens = random_numbers.integers(5, 30, 80)
        losses = random_numbers.gamma(2.0, 1.0, 80) * tokens
        counts = np.stack([losses, tokens.astype(float)], 1)
        low, high = interval_of_sums(counts, lambda sums: sums[:, 0] / sums[:, 1], plan)
        hits += low <= 2.0 <= high

    assert 88 <= hits <= 100


def test_few_samples_have_no_interval_and_the_seed_decides_the_others():
    values = np.random.default_rng(1).random(40)

    assert interval_of_mean(values[:29], Bootstrap(200, 0.95, 1)) is None
    assert interval_of_mean(values, Bootstrap(200, 0.95, 1)) == interval_of_mean(
        values, Bootstrap(200, 0.95, 1)
    )
    assert interval_of_mean(np.ones(40), Bootstrap(200, 0.95, 1)) == (1.0, 1.0)
