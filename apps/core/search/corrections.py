"""Putting a misspelt question right: words by words that are known, Chinese by texts that come close."""

from __future__ import annotations

from difflib import SequenceMatcher

from django.db import connection

from apps.core.actor import Actor

from .providers import providers
from .words import SearchQuery, fold, is_unspaced, near_match_terms

SHORT, SHORTEST, LONGEST = 7, 3, 40
CANDIDATES, NEAR, TEXTS = 20, 2000, 30
ALIKE = 0.62
# words that look alike, and for short ones, whose few trigrams a slip breaks, all that begin the same and are about as long
KNOWN = """
SELECT asked, known.word FROM unnest(%s::text[]) AS asked, LATERAL (
    (SELECT word FROM search_word WHERE word LIKE asked || '%%' LIMIT 1)
    UNION (SELECT word FROM search_word WHERE word %% asked ORDER BY similarity(word, asked) DESC, word LIMIT %s)
    UNION (SELECT word FROM search_word WHERE length(asked) <= %s AND word LIKE left(asked, 1) || '%%'
           AND length(word) BETWEEN length(asked) - 1 AND length(asked) + 1 LIMIT %s)
) AS known
"""


def correct_query(actor: Actor, query: SearchQuery) -> SearchQuery | None:
    """Return a question that comes close and whose words are known, or None.

    Known words are of public things alone, and texts are asked for as the actor: what is hidden suggests nothing.
    """
    better = {word: _from_texts(actor, word) for word in query.words if is_unspaced(word)}
    better |= _from_words(
        [word for word in query.words if word.isascii() and SHORTEST <= len(word) <= LONGEST]
    )
    changed = query
    for word, found in better.items():
        changed = changed.with_word(word, found or word)
    return changed if changed.words != query.words else None


def _from_words(words: list[str]) -> dict[str, str]:
    """Return for each word the known one that it is most like; nothing for a word that is known."""
    known: dict[str, list[str]] = {word: [] for word in words}
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [words, CANDIDATES, SHORT, NEAR])
        for asked, word in cursor.fetchall():
            known[asked].append(word)
    return {asked: _nearest(asked, found) for asked, found in known.items()}


def _nearest(asked: str, known: list[str]) -> str:
    if any(word.startswith(asked) for word in known):
        return ""
    one_step = [word for word in known if _is_one_step_away(asked, word)] if len(asked) <= SHORT else []
    if one_step:
        return min(one_step, key=lambda word: (sorted(word) != sorted(asked), -_likeness(asked, word), word))
    return max(
        (word for word in known if _likeness(asked, word) >= ALIKE),
        key=lambda word: (_likeness(asked, word), word),
        default="",
    )


def _is_one_step_away(one: str, other: str) -> bool:
    """Return whether two words differ by two swapped letters, or by one letter that is missing, wrong or too many."""
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
    """Return the part of a text that is written most like a word of Chinese or Japanese."""
    terms = near_match_terms(word)
    if not terms:
        return ""
    texts = [fold(text) for provider in providers() for text in provider.texts(actor, terms, TEXTS)]
    parts = {text[at : at + len(word)] for text in texts for at in range(len(text) - len(word) + 1)}
    same = {part: sum(a == b for a, b in zip(part, word, strict=True)) for part in parts if is_unspaced(part)}
    best = max(same, key=lambda part: (same[part], _likeness(word, part), part), default="")
    return best if _likeness(word, best) >= ALIKE else ""


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
