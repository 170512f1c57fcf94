"""Chats as text and tokens by the model's own template, with the part that is learned."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from transformers import PreTrainedTokenizerBase

from apps.toolchain.contracts.chats import Role, Turn

from ...describe import reason
from ...faults import UserFault
from ..tokens import special_pattern, without_special_tokens

# for models without a template: no new tokens, so that no embedding has to be learned
PLAIN_TEMPLATE = (
    "{% for message in messages %}"
    "{{ message['role'] | capitalize }}: {{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
IGNORED = -100
ROWS_LOOKED_AT = 100
PROBE = (Turn(Role.SYSTEM, "a"), Turn(Role.USER, "b"))


class TemplateError(UserFault):
    """The template cannot render a chat."""

    def __init__(self, problem: str) -> None:
        super().__init__("chat_template_invalid", f"The model's chat template refuses a chat: {problem}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A chat as text.

    spans    (begin, end) of the parts that are learned, in characters
    skipped  number of answers that are not learned since the template changes what comes before them
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Tokens:
    """A chat as token ids, and its labels: IGNORED where nothing is learned."""

    ids: list[int]
    labels: list[int]


class ChatTemplate:
    """The template of a tokenizer.

    is_plain        whether it is PLAIN_TEMPLATE, since the model has none
    has_system      whether it takes a system message; else that begins the first message
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer
        if isinstance(tokenizer.chat_template, dict):
            tokenizer.chat_template = tokenizer.chat_template.get("default")
        self.is_plain = not tokenizer.chat_template
        if self.is_plain:
            if tokenizer.eos_token is None:
                message = "The model has neither a chat template nor an end-of-text token."
                raise UserFault("chat_template_invalid", message)
            tokenizer.chat_template = PLAIN_TEMPLATE
        self._special = special_pattern(tokenizer)
        self.has_system = self._takes_system()

    def _takes_system(self) -> bool:
        try:
            return "a" in self._apply(PROBE, is_question=True)
        except TemplateError:
            return False

    def render(self, dialog: Sequence[Turn], learned: Iterable[int]) -> Rendered:
        """Return a chat as text.

        learned  places of the messages that are learned; all of them have to be answers
        raises   TemplateError
        """
        said = self.prepared(dialog)
        shift = len(said) - len(dialog)
        text = self._apply(said, is_question=False)
        spans, skipped, last = [], 0, len(said) - 1
        for place in (one + shift for one in learned):
            span = self._span(text, said, place)
            if span is None and place == last:
                raise TemplateError("it writes the last answer in a way that depends on what follows.")
            skipped += span is None
            spans += [span] if span else []
        return Rendered(text, tuple(spans), skipped)

    def _span(self, text: str, said: Sequence[Turn], place: int) -> tuple[int, int] | None:
        """Return where an answer stands, with the mark of its end; None if that cannot be told."""
        before = self._apply(said[:place], is_question=True)
        if not text.startswith(before):
            before = self._apply(said[:place], is_question=False)
        until = text if place == len(said) - 1 else self._apply(said[: place + 1], is_question=False)
        if not text.startswith(before) or not text.startswith(until) or len(until) <= len(before):
            return None
        return len(before), len(until.rstrip())

    def question(self, dialog: Sequence[Turn]) -> str:
        """Return the text after which the model answers (raises TemplateError)."""
        return self._apply(self.prepared(dialog), is_question=True)

    def prepared(self, dialog: Sequence[Turn]) -> list[Turn]:
        """Return messages without words that become marks, with the system message where it may stand."""
        plain = [
            Turn(one.role, without_special_tokens(one.text, self._special), one.is_trained) for one in dialog
        ]
        if self.has_system or not plain or plain[0].role is not Role.SYSTEM:
            return plain
        system, *rest = plain
        if not rest:
            return [Turn(Role.USER, system.text)]
        first = rest[0]
        return [Turn(first.role, f"{system.text}\n\n{first.text}", first.is_trained), *rest[1:]]

    def _apply(self, dialog: Sequence[Turn], *, is_question: bool) -> str:
        messages = [{"role": str(one.role), "content": one.text} for one in dialog]
        try:
            text: Any = self.tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=is_question
            )
        except Exception as error:  # a template is other people's code and raises what it likes
            raise TemplateError(f"{reason(error)}") from error
        return str(text)

    def tokens(self, rendered: Rendered, *, whole: bool) -> Tokens:
        """Return a rendered chat as tokens.

        whole  whether all of it is learned
        """
        if not self.tokenizer.is_fast:
            return self._tokens_by_parts(rendered, whole=whole)
        encoded = self.tokenizer(rendered.text, add_special_tokens=False, return_offsets_mapping=True)
        ids = list(encoded["input_ids"])
        if whole:
            return Tokens(ids, list(ids))
        places = encoded["offset_mapping"]
        begins = [first for first, _last in places]
        labels = [IGNORED] * len(ids)
        for begin, end in rendered.spans:
            for place in range(bisect_left(begins, begin), bisect_left(begins, end)):
                if places[place][1] <= end:
                    labels[place] = ids[place]
        return Tokens(ids, labels)

    def _tokens_by_parts(self, rendered: Rendered, *, whole: bool) -> Tokens:
        """Return the tokens for a tokenizer that does not tell where they stand: each part by itself."""
        ids: list[int] = []
        labels: list[int] = []
        at = 0
        edges = [(edge, place % 2 == 1) for place, edge in enumerate(sum(rendered.spans, ()))]
        for edge, is_learned in [*edges, (len(rendered.text), False)]:
            part = self.tokenizer(rendered.text[at:edge], add_special_tokens=False)["input_ids"]
            ids += part
            labels += part if is_learned or whole else [IGNORED] * len(part)
            at = edge
        return Tokens(ids, labels)


def ending_chat(rows: Iterable[Mapping[str, list[int]]]) -> Tokens | None:
    """Return the shortest of the first rows, which was not cut: by it is known how answers end."""
    first = list(islice(rows, ROWS_LOOKED_AT))
    shortest = min(first, key=lambda row: len(row["input_ids"]), default=None)
    return Tokens(shortest["input_ids"], shortest["labels"]) if shortest else None
