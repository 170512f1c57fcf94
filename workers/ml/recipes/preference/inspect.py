"""Shows how a model would read preferences: both answers rendered and as tokens."""

from __future__ import annotations

from ...context import RecipeContext
from ...faults import UserFault
from ...training.chats.data import read_chats, unpack_example
from ...training.chats.preview import Lengths, report_preview, rows_to_show
from ...training.chats.templates import ChatTemplate, Tokens
from ...training.chats.tokens import Cut, notes_of, notes_of_template
from ...training.loading import load_config, load_tokenizer, max_tokens
from .pairs import rejected_of, tokens_of


def run(context: RecipeContext) -> None:
    """Render and tokenize both answers of all rows, and write the report.

    raises  UserFault, Interruption
    """
    params = context.spec.params
    context.events.progress(0, 0, "reading")
    config, tokenizer = load_config(context.model_folder), load_tokenizer(context.model_folder)
    data = read_chats(context)
    template = ChatTemplate(tokenizer)
    max_length = max_tokens(config, tokenizer, params["max_length"], context.model_folder)
    lengths = {name: Lengths(Cut(rows=len(split))) for name, split in data.splits().items()}
    shown: list[tuple[int, Tokens]] = []
    for name, split in data.splits().items():
        wanted = rows_to_show(split, params["preview_rows"]) if name == "train" else set()
        for done, row in enumerate(split):
            if done % 100 == 0:
                context.cancellation.raise_if_cancelled()
                context.events.progress(done, len(split), "tokenizing")
            both = both_answers(template, row, data.names[name])
            lengths[name].add(max(both, key=lambda one: len(one.ids)), max_length)
            shown += [(row["row"], one) for one in both] if row["row"] in wanted else []
    cuts = {name: one.cut for name, one in lengths.items()}
    notes = [note for name, cut in cuts.items() for note in notes_of(cut, data.names[name], max_length)]
    notes = [*data.notes, *notes, *notes_of_template(template, cuts.values())]
    report_preview(context, data, tokenizer, lengths, shown, notes)


def both_answers(template: ChatTemplate, row: dict[str, object], split: str) -> list[Tokens]:
    """Return the better and the worse answer of a row as tokens (raises UserFault)."""
    example = unpack_example(str(row["example"]))
    try:
        return [tokens_of(template, example.dialog), tokens_of(template, rejected_of(example))]
    except UserFault as fault:
        message = f"Row {row['row']} of the split {split!r}: {fault.message}"
        raise UserFault(fault.code, message) from fault
