"""Correcting misspelled queries: words against known words, Chinese against similar texts."""

from __future__ import annotations

from difflib import SequenceMatcher

from django.db import connection

from apps.core.actor import Actor

from .providers import providers
from .words import SearchQuery, fold, is_unspaced, near_match_terms

SHORT, SHORTEST, LONGEST = 7, 3, 40
CANDIDATES, NEAR, TEXTS = 20, 2000, 30
MIN_SIMILARITY = 0.62
# Candidates by trigrams; for short words, whose few trigrams one typo breaks, also those of similar length
# with the same first letter.
KNOWN = """
SELECT typed, known.word FROM unnest(%s::text[]) AS typed, LATERAL (
    (SELECT word FROM search_word WHERE word LIKE typed || '%%' LIMIT 1)
    UNION (SELECT word FROM search_word WHERE word %% typed
           ORDER BY similarity(word, typed) DESC, word LIMIT %s)
    UNION (SELECT word FROM search_word WHERE length(typed) <= %s AND word LIKE left(typed, 1) || '%%'
           AND length(word) BETWEEN length(typed) - 1 AND length(typed) + 1 LIMIT %s)
) AS known
"""


def correct_query(actor: Actor, query: SearchQuery) -> SearchQuery | None:
    """Return a similar query of known words, or None.

    Known words come from public names only, and texts are read as the actor: hidden ones are never suggested.
    """
    better = {word: _from_texts(actor, word) for word in query.words if is_unspaced(word)}
    better |= _from_words(
        [word for word in query.words if word.isascii() and SHORTEST <= len(word) <= LONGEST]
    )
    correct_query = query
    for word, replacement in better.items():
        correct_query = correct_query.with_word(word, replacement or word)
    return correct_query if correct_query.words != query.words else None


def _from_words(words: list[str]) -> dict[str, str]:
    """Return the most similar known word for each word; empty if the word itself is known."""
    if not words:
        return {}
    known: dict[str, list[str]] = {word: [] for word in words}
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [words, CANDIDATES, SHORT, NEAR])
        for typed, word in cursor.fetchall():
            known[typed].append(word)
    return {typed: _nearest(typed, candidates) for typed, candidates in known.items()}


def _nearest(typed: str, known: list[str]) -> str:
    if any(word.startswith(typed) for word in known):
        return ""
    one_typo = [word for word in known if _is_one_typo_away(typed, word)] if len(typed) <= SHORT else []
    if one_typo:
        return min(
            one_typo, key=lambda word: (sorted(word) != sorted(typed), -_similarity(typed, word), word)
        )
    return max(
        (word for word in known if _similarity(typed, word) >= MIN_SIMILARITY),
        key=lambda word: (_similarity(typed, word), word),
        default="",
    )


def _is_one_typo_away(one: str, other: str) -> bool:
    """Return whether two words differ by one inserted, deleted, replaced or transposed letter."""
    start = next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    rest, others = one[start:], other[start:]
    return (
        rest[1:] == others[1:]
        or rest[1:] == others
        or rest == others[1:]
        or (rest[:2] == others[1::-1] and rest[2:] == others[2:])
    )


def _from_texts(actor: Actor, word: str) -> str:
    """Return the passage of a text that is most similar to an unspaced word."""
    terms = near_match_terms(word)
    if not terms:
        return ""
    texts = [fold(text) for provider in providers() for text in provider.texts(actor, terms, TEXTS)]
    parts = {text[at : at + len(word)] for text in texts for at in range(len(text) - len(word) + 1)}
    same = {part: sum(a == b for a, b in zip(part, word, strict=True)) for part in parts if is_unspaced(part)}
    best = max(same, key=lambda part: (same[part], _similarity(word, part), part), default="")
    return best if _similarity(word, best) >= MIN_SIMILARITY else ""


def _similarity(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
