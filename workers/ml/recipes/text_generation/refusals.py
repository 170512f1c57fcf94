"""Tells answers that refuse, by their first words: it finds what is usual, not every refusal."""

from __future__ import annotations

import re

CHARACTERS = 200
CANNOT = r"\b(?:can['’]?t|cannot|unable|not able|won['’]?t|don['’]?t)\b"
HELPING = (
    "help|assist|answer|provide|comply|do|fulfill|discuss|give|create|write|generate|support|engage|share"
)
OPENINGS = (
    rf"(?:i['’]?m|i am) (?:very |so |really )?(?:sorry|afraid).{{0,40}}?{CANNOT}",
    rf"(?:sorry|apologies|unfortunately)\b.{{0,40}}?{CANNOT}",
    rf"i (?:can['’]?t|cannot|won['’]?t|will not|must decline|am unable|am not able) (?:to )?(?:{HELPING})\b",
    r"i['’]?m (?:unable|not able) to\b",
    rf"as an? (?:ai|artificial intelligence|(?:large )?language model)\b.{{0,80}}?{CANNOT}",
    "(?:非常|很)?(?:抱歉|对不起|不好意思)[^。！？]{0,30}(?:不能|无法|没法|不便)",
    "作为(?:一个|一名)?(?:人工智能|AI|大?语言模型)[^。！？]{0,40}(?:不能|无法|没有)",
    "我(?:不能|无法|没法|不会)(?:提供|回答|帮助|协助|满足|讨论|生成)",
)
REFUSAL = re.compile("|".join(f"(?:{opening})" for opening in OPENINGS), re.IGNORECASE | re.DOTALL)


def is_refusal(answer: str) -> bool:
    """Return whether an answer begins with the words of a refusal."""
    return REFUSAL.match(answer.strip()[:CHARACTERS]) is not None
