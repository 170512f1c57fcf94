"""The language of texts."""

from __future__ import annotations

from functools import cache
from typing import Any

UNKNOWN = "und"
# letters tell little in a shorter text; a Chinese character has three bytes
MIN_BYTES = 20
CHARACTERS_READ = 2000
MIN_PROBABILITY = 0.5


@cache
def identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(text: str) -> str:
    """Return the ISO 639 code of a text's language, UNKNOWN if it is too short or too mixed to tell."""
    head = " ".join(text[:CHARACTERS_READ].split())
    letters = "".join(letter for letter in head if letter.isalpha())
    if len(letters.encode("utf-8", "ignore")) < MIN_BYTES:
        return UNKNOWN
    code, probability = identifier().classify(head)
    return str(code) if probability >= MIN_PROBABILITY else UNKNOWN
