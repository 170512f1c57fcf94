"""What is done to the texts of a dataset, and which rows they cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from apps.toolchain.contracts.recipes.data_preparation import (
    FORMAL_KINDS,
    PersonalData,
    Privacy,
    Removal,
)

from .languages import UNKNOWN, language_of
from .names import name_finder
from .personal_data import Anonymizer
from .texts import clean_text, without_html


@dataclass(frozen=True, slots=True)
class PreparationFilter:
    """Cleans texts, replaces personal data, and removes rows by length, language and personal data."""

    anonymizer: Anonymizer
    privacy: Privacy
    is_cleaned: bool = False
    strips_html: bool = False
    min_characters: int = 0
    max_characters: int = 0
    languages: Collection[str] = ()

    def change(self, text: str) -> str:
        if self.strips_html:
            text = without_html(text)
        if self.is_cleaned:
            text = clean_text(text)
        return self.anonymizer.replace(text) if self.replaces else text

    def judge(self, text: str) -> tuple[Removal | None, int]:
        size = len(text.strip())
        if size < self.min_characters or (self.max_characters and size > self.max_characters):
            return Removal.LENGTH, 0
        if self.languages and language_of(text) not in (UNKNOWN, *self.languages):
            return Removal.LANGUAGE, 0
        if self.privacy not in (Privacy.REPORT, Privacy.REMOVE):
            return None, 0
        places = len(self.anonymizer.find(text))
        return Removal.PERSONAL_DATA if places and self.privacy == Privacy.REMOVE else None, places

    def for_comparison(self) -> PreparationFilter:
        """Return a filter that changes texts in the same way, and neither removes nor counts anything."""
        return PreparationFilter(
            self.anonymizer.without_counts(),
            self.privacy if self.replaces else Privacy.IGNORE,
            is_cleaned=self.is_cleaned,
            strips_html=self.strips_html,
        )

    @property
    def replaces(self) -> bool:
        return self.privacy in (Privacy.REPLACE, Privacy.NUMBER)


def filter_of(params: Mapping[str, Any]) -> PreparationFilter:
    """Return the filter of a preparation, or that of a report, which changes nothing.

    raises  PlatformFault if names are wanted and this worker cannot find them
    """
    privacy = Privacy(params.get("privacy", Privacy.REPORT))
    kinds = [PersonalData(one) for one in params["personal_kinds"]] or FORMAL_KINDS
    return PreparationFilter(
        anonymizer=Anonymizer(
            kinds,
            is_numbered=privacy == Privacy.NUMBER,
            more=name_finder() if params["names"] and privacy != Privacy.IGNORE else None,
        ),
        privacy=privacy,
        is_cleaned=params.get("clean", False),
        strips_html=params.get("strip_html", False),
        min_characters=params.get("min_characters", 0),
        max_characters=params.get("max_characters", 0),
        languages=params.get("languages", ()),
    )
