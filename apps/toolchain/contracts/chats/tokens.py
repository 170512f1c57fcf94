"""How many tokens a text has, about: the site has no tokenizers of models, which are other people's files."""

from __future__ import annotations

import math

from .dialogs import Example, Turn

# of common vocabularies of 50,000 to 150,000 tokens
CHARACTERS_PER_TOKEN, TOKENS_PER_IDEOGRAPH = 4.0, 0.75
CHARACTERS_PER_FOREIGN_TOKEN = 2.5
IDEOGRAPHS = 0x2E80
# marks of begin, role and end that templates add to a turn
TURN_TOKENS = 5


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text has."""
    wide = sum(1 for letter in text if ord(letter) >= IDEOGRAPHS)
    plain = len(text.encode("ascii", "ignore"))
    other = len(text) - wide - plain
    tokens = plain / CHARACTERS_PER_TOKEN + wide * TOKENS_PER_IDEOGRAPH + other / CHARACTERS_PER_FOREIGN_TOKEN
    return math.ceil(tokens)


def turn_tokens(turn: Turn) -> int:
    return estimated_tokens(turn.text) + TURN_TOKENS


def example_tokens(example: Example) -> tuple[int, int]:
    """Return about how many tokens an example has, and how many of them are learned.

    Of a preference, the longer answer counts.
    """
    before = sum(turn_tokens(turn) for turn in example.dialog)
    learned = sum(turn_tokens(turn) for turn in example.dialog if turn.is_trained)
    if example.rejected:
        more = sum(map(turn_tokens, example.rejected)) - learned
        return before + max(0, more), learned + max(0, more)
    return before, learned
