"""Shows how a model would read chats: rendered, as tokens, and what of them it would learn."""

from __future__ import annotations

from ...context import RecipeContext
from ...faults import UserFault
from ...training.chats.data import read_chats, unpack_example
from ...training.chats.preview import Lengths, report_preview, rows_to_show
from ...training.chats.templates import ChatTemplate, Tokens
from ...training.chats.tokens import Cut, learned_answers, notes_of, notes_of_template
from ...training.loading import load_config, load_tokenizer, max_tokens


def run(context: RecipeContext) -> None:
    """Render and tokenize all rows, and write the report.

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
            one, skipped = tokens_of(template, row, data.names[name], params["loss_on"])
            lengths[name].add(one, max_length)
            lengths[name].cut.skipped += skipped
            shown += [(row["row"], one)] if row["row"] in wanted else []
    cuts = {name: one.cut for name, one in lengths.items()}
    notes = [note for name, cut in cuts.items() for note in notes_of(cut, data.names[name], max_length)]
    notes = [*data.notes, *notes, *notes_of_template(template, cuts.values())]
    report_preview(context, data, tokenizer, lengths, shown, notes)


def tokens_of(template: ChatTemplate, row: dict[str, object], split: str, learn: str) -> tuple[Tokens, int]:
    """Return a row as tokens, and how many of its answers cannot be learned (raises UserFault)."""
    example = unpack_example(str(row["example"]))
    try:
        rendered = template.render(example.dialog, learned_answers(example, learn))
    except UserFault as fault:
        message = f"Row {row['row']} of the split {split!r}: {fault.message}"
        raise UserFault(fault.code, message) from fault
    return template.tokens(rendered, whole=learn == "all"), rendered.skipped
