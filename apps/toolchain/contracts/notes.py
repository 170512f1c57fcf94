"""What a person should know about a result: stable codes, and words that pages and logs fill in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .errors import ContractError
from .messages import Message, format_message
from .params import gettext_noop as _
from .shapes import Contract, read_field, read_object

VALUES_LIMIT = 16
TEXT_LIMIT = 200


class NoteCode(StrEnum):
    """What a note is about; the values are part of receipts."""

    LEAKED = "leaked"
    TRUNCATED = "truncated"
    SAMPLED = "sampled"
    ROWS_DRAWN = "rows_drawn"
    TOO_FEW_ROWS = "too_few_rows"
    MATCHED_BY_NUMBER = "matched_by_number"
    SIMILAR_LABELS = "similar_labels"
    UNSEEN_CLASS = "unseen_class"
    COLLAPSED = "collapsed"
    BELOW_BASELINE = "below_baseline"
    STOPPED_AT_CAP = "stopped_at_cap"
    IN_BENCHMARK = "in_benchmark"
    CONFLICTING_LABELS = "conflicting_labels"
    PERSONAL_DATA = "personal_data"
    NO_LICENSE = "no_license"
    CHATS_TRUNCATED = "chats_truncated"
    CHATS_LEFT_OUT = "chats_left_out"
    CHATS_LEAKED = "chats_leaked"
    CHATS_REPEATED = "chats_repeated"
    NOT_BETTER = "not_better"
    PLAIN_TEMPLATE = "plain_template"
    LAST_ANSWERS_ONLY = "last_answers_only"


# English, marked for translation; the values of a note fill in the names
NOTE_WORDS: dict[NoteCode, str] = {
    NoteCode.LEAKED: _(
        "%(count)s of %(total)s texts of the split %(split)s also occur in the split %(other)s: "
        "a model trained on it may have memorized them."
    ),
    NoteCode.TRUNCATED: _(
        "%(count)s of %(total)s texts are longer than %(tokens)s tokens and were truncated."
    ),
    NoteCode.SAMPLED: _("%(count)s of %(total)s rows were scored: a random sample with the same classes."),
    NoteCode.ROWS_DRAWN: _("%(count)s of %(total)s rows were used: a random sample."),
    NoteCode.TOO_FEW_ROWS: _("There are too few rows for a confidence interval of %(metric)s."),
    NoteCode.MATCHED_BY_NUMBER: _(
        "The model's classes have no names. Class numbers of the dataset were taken for those of the model."
    ),
    NoteCode.SIMILAR_LABELS: _("Some classes differ only in their case: %(labels)s."),
    NoteCode.UNSEEN_CLASS: _("The class %(label)s has too few rows to occur in the split %(split)s."),
    NoteCode.COLLAPSED: _("The model gives every text of the split %(split)s the class %(label)s."),
    NoteCode.STOPPED_AT_CAP: _(
        "The training was stopped at step %(step)s of %(total)s, when its time limit was near."
    ),
    NoteCode.IN_BENCHMARK: _(
        "%(count)s texts of the split %(split)s are also in the benchmark, "
        "which cannot test a model that was trained on them."
    ),
    NoteCode.CONFLICTING_LABELS: _("%(count)s texts occur with several labels."),
    NoteCode.PERSONAL_DATA: _("%(count)s places with personal data or secrets are still in the texts."),
    NoteCode.NO_LICENSE: _("The card of %(repo)s states no license. Ask its owner before you share copies."),
    NoteCode.CHATS_TRUNCATED: _(
        "%(count)s of %(total)s rows of the split %(split)s are longer than %(tokens)s tokens "
        "and were truncated."
    ),
    NoteCode.CHATS_LEFT_OUT: _(
        "%(count)s of %(total)s rows of the split %(split)s were left out: "
        "nothing of their answers fits into %(tokens)s tokens."
    ),
    NoteCode.CHATS_LEAKED: _(
        "%(count)s of %(total)s rows of the split %(split)s also occur in the split %(other)s: "
        "the scores say little about new questions."
    ),
    NoteCode.CHATS_REPEATED: _("%(count)s of %(total)s rows of the split %(split)s repeat another row."),
    NoteCode.NOT_BETTER: _("The split %(split)s does not show that the model is better than its base model."),
    NoteCode.PLAIN_TEMPLATE: _(
        "The base model has no chat template. A plain one was used, which is published with the model."
    ),
    NoteCode.LAST_ANSWERS_ONLY: _(
        "Only the last answer of each row was learned: the chat template changes what comes before it."
    ),
    NoteCode.BELOW_BASELINE: _(
        "The accuracy on the split %(split)s is not above that of always choosing the class %(label)s."
    ),
}


@dataclass(frozen=True, slots=True)
class Note(Contract):
    """One note. values: those of its words"""

    code: NoteCode
    values: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"code": str(self.code), "values": dict(self.values)}

    @property
    def words(self) -> Message:
        """The note in English; pages translate it by `translate_message`."""
        return format_message(NOTE_WORDS[self.code], **self.values)

    @classmethod
    def from_json(cls, body: object) -> Note:
        fields = read_object(body, "note")
        try:
            code = NoteCode(read_field(fields, "code", str))
        except ValueError:
            raise ContractError({"code": f"Must be one of {', '.join(NoteCode)}."}) from None
        values = read_object(fields.get("values") or {}, "values")
        note = cls(code, {name: _value(value) for name, value in list(values.items())[:VALUES_LIMIT]})
        try:
            str(NOTE_WORDS[code] % note.values)
        except (KeyError, TypeError, ValueError):
            raise ContractError({"values": "Must have a value for each name in the words."}) from None
        return note


def _value(value: object) -> str | int | float:
    """Return a value of a note: a number or a short text."""
    if isinstance(value, str):
        return value[:TEXT_LIMIT]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ContractError({"values": "Must be numbers or texts."})
