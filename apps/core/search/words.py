"""Parsing search queries; must match how the database function `search_terms` parses texts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from apps.core.text.storable import clean_text

TEXT_LIMIT, WORDS_LIMIT = 200, 8
# Han and kana have no spaces between words, so they are indexed by character and by bigram
UNSPACED = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
BREAKS = r"\s\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uffef"
WORD = re.compile(f"[{UNSPACED}]+|[^{UNSPACED}{BREAKS}]+")
MARKS = re.compile("[\u0300-\u036f]")
UNSPACED_WORD = re.compile(f"[{UNSPACED}]+")


def fold(text: str) -> str:
    """Return text without case, accents and width variants."""
    return MARKS.sub("", unicodedata.normalize("NFKD", text)).lower()


def is_unspaced(word: str) -> bool:
    return bool(UNSPACED_WORD.fullmatch(word))


def bigrams(word: str) -> list[str]:
    """Return the bigrams of a word; the word itself if it is shorter."""
    return [word[place : place + 2] for place in range(len(word) - 1)] or [word]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A parsed query.

    text   as typed
    words  folded; all must match
    """

    text: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> SearchQuery:
        typed = " ".join(clean_text(text).split())[:TEXT_LIMIT]
        return cls(typed, tuple(dict.fromkeys(WORD.findall(fold(typed))))[:WORDS_LIMIT])

    @property
    def key(self) -> str:
        """The query in the spelling of a name."""
        return re.sub(r"\s+", "-", fold(self.text))

    def with_word(self, word: str, better: str) -> SearchQuery:
        return SearchQuery.of(" ".join(better if one == word else one for one in self.words))


def word_terms(word: str) -> str:
    """Return the tsquery of one word: a prefix if it is spaced, else all its bigrams."""
    if is_unspaced(word):
        return " & ".join(quote_term(bigram) for bigram in bigrams(word))
    return f"{quote_term(word)}:*"


def near_match_terms(word: str) -> str:
    """Return the tsquery for texts with an unspaced word apart from one character; empty below three."""
    if len(word) < 3:
        return ""
    variants = (_terms_without(word, position) for position in range(len(word)))
    return " | ".join(f"({' & '.join(map(quote_term, terms))})" for terms in variants)


def _terms_without(word: str, position: int) -> list[str]:
    """Return the bigrams before and after a position; a lone character there stands for itself."""
    parts = [word[:position], word[position + 1 :]]
    return [bigram for part in parts if part for bigram in bigrams(part)]


def quote_term(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"
