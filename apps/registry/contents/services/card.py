"""The first card of a new repository."""

from __future__ import annotations

from collections.abc import Mapping


def card_text(name: str, metadata: Mapping[str, str], description: str = "") -> str:
    """Return the text of a card; the metadata are values that YAML reads as they stand."""
    lines = [f"{key}: {value}\n" for key, value in metadata.items() if value]
    front = "".join(["---\n", *lines, "---\n\n"]) if lines else ""
    return f"{front}# {name}\n\n{description.strip()}".rstrip() + "\n"
