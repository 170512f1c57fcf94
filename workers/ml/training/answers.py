"""Answers that a run has so far, kept as checkpoints: another attempt goes on after the last one."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict

from ..context import RecipeContext
from ..faults import Interruption
from .checkpoints import last_complete, mark_complete
from .generating import Answer, Listener, Writer, ignore_pieces

SAVE_SECONDS = 20.0
FILE = "answers.jsonl"


class AnswerBook:
    """Answers by the name of the model and the number of the prompt."""

    def __init__(self, context: RecipeContext) -> None:
        self.context = context
        self.answers: dict[tuple[str, int], Answer] = {}
        self._saved = time.monotonic()
        self._restore()

    def _restore(self) -> None:
        checkpoint = last_complete(self.context.folder.checkpoints)
        if checkpoint is None:
            return
        for line in (checkpoint / FILE).read_text("utf-8").splitlines():
            model, number, facts = json.loads(line)
            self.answers[model, number] = Answer(**facts)
        self.context.events.log(f"Resuming after {len(self.answers)} answers.")

    def save(self) -> None:
        """Write a checkpoint with all answers in place of the last one."""
        folder = self.context.folder.checkpoints / f"checkpoint-{len(self.answers)}"
        before = [path for path in self.context.folder.checkpoints.glob("checkpoint-*") if path != folder]
        folder.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps([*place, asdict(answer)]) + "\n" for place, answer in self.answers.items())
        (folder / FILE).write_text("".join(lines), "utf-8")
        mark_complete(folder)
        for path in before:
            shutil.rmtree(path, ignore_errors=True)
        self.context.events.emit("checkpoint", {"step": len(self.answers)})
        self._saved = time.monotonic()

    def write(
        self,
        model: str,
        writer: Writer,
        prompts: Sequence[Sequence[int]],
        numbers: Sequence[int],
        *,
        total: int,
        listener: Listener = ignore_pieces,
    ) -> None:
        """Answer the prompts that have no answer of this model yet.

        numbers  of the prompts, always in the same order
        total    number of answers of the whole run, for its progress
        raises   Interruption once a checkpoint is saved, UserFault
        """
        missing = [number for number in numbers if (model, number) not in self.answers]
        self.context.events.progress(len(self.answers), total, "generating")
        try:
            for batch in writer.write(prompts, missing, self.context.cancellation, listener):
                self.answers.update({(model, number): answer for number, answer in batch.items()})
                self.context.events.progress(len(self.answers), total, "generating")
                if time.monotonic() - self._saved >= SAVE_SECONDS:
                    self.save()
        except Interruption:
            self.save()
            raise

    def of(self, model: str, numbers: Sequence[int]) -> list[Answer]:
        return [self.answers[model, number] for number in numbers]
