"""Questions as search reads them: the same way as the database function `search_terms` reads texts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ..text import clean_text

TEXT_LIMIT, WORDS_LIMIT = 200, 8
# Han and kana: written without spaces, so found by every character and every pair of neighbours
UNSPACED = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
BREAKS = r"\s\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uffef"
WORD = re.compile(f"[{UNSPACED}]+|[^{UNSPACED}{BREAKS}]+")
MARKS = re.compile("[\u0300-\u036f]")
UNSPACED_WORD = re.compile(f"[{UNSPACED}]+")


def fold(text: str) -> str:
    """Return a text without case, accents and wide forms."""
    return MARKS.sub("", unicodedata.normalize("NFKD", text)).lower()


def is_unspaced(word: str) -> bool:
    return bool(UNSPACED_WORD.fullmatch(word))


def pairs(word: str) -> list[str]:
    """Return each two neighbours of a word; the word itself if it is shorter."""
    return [word[place : place + 2] for place in range(len(word) - 1)] or [word]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What somebody looks for.

    text   as it was written
    words  all must be found; without case and accents
    """

    text: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> SearchQuery:
        written = " ".join(clean_text(text).split())[:TEXT_LIMIT]
        return cls(written, tuple(dict.fromkeys(WORD.findall(fold(written))))[:WORDS_LIMIT])

    @property
    def key(self) -> str:
        """The question as a name would spell it."""
        return re.sub(r"\s+", "-", fold(self.text))

    def with_word(self, word: str, better: str) -> SearchQuery:
        return SearchQuery.of(" ".join(better if one == word else one for one in self.words))


def word_terms(word: str) -> str:
    """Return the text search query of one word: its beginning if it has spaces around it, its pairs if not."""
    if is_unspaced(word):
        return " & ".join(quoted(pair) for pair in pairs(word))
    return f"{quoted(word)}:*"


def near_match_terms(word: str) -> str:
    """Return the query of texts that hold an unspaced word but for one of its characters; empty for a word of two."""
    return (
        " | ".join(f"({' & '.join(map(quoted, _without(word, wrong)))})" for wrong in range(len(word)))
        if len(word) > 2
        else ""
    )


def _without(word: str, wrong: int) -> list[str]:
    """Return the pairs of a word that do not touch a place, and the characters that are in none of them."""
    parts = [word[:wrong], word[wrong + 1 :]]
    return [pair for part in parts if part for pair in pairs(part)]


def quoted(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"
