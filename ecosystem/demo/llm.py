"""The steps of the demo for language models."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import Any

from .chain import NAME, Chain
from .chats import prepare_chats
from .jobs import Jobs

CHATS = f"{NAME}/chats"
SUPPORT, SUPPORT_CHATS = "tech_support", 10
PREPARE = {
    "text_columns": ["messages"],
    "label_column": "topic",
    "splits": "new",
    "validation_share": 0.1,
    "test_share": 0.1,
    "privacy": "replace",
}
READ = """
import json, sys
from collections import Counter
from datasets import load_dataset
splits = load_dataset(sys.argv[1])
topics = Counter(topic for split in splits.values() for topic in split["topic"])
texts = [{json.dumps(chat) for chat in split["messages"]} for split in splits.values()]
shared = sum(map(len, texts)) - len(set().union(*texts))
rows = {name: len(split) for name, split in splits.items()}
print(json.dumps({"rows": rows, "topics": topics, "shared": shared}))
"""


@dataclass
class LlmChain(Chain):
    """The whole workflow with chats and a small chat model."""

    def play(self) -> float:
        """Run all steps; return the share of chats that repeat others.

        raises  RuntimeError at the first step that fails
        """
        self.sign_up()
        jobs = Jobs(self.site, self.token, self.report)
        self.publish_chats()
        repeated = self.profile_chats(jobs)
        self.prepare_chats(jobs, f"{NAME}/chats-{os.urandom(3).hex()}")
        return repeated

    def publish_chats(self) -> None:
        self.step("Downloading chats with pip and uploading them", f"/datasets/{CHATS}")
        self.upload_dataset(CHATS, prepare_chats(self.folder / "input"), "Add chats")

    def profile_chats(self, jobs: Jobs) -> float:
        """Report what repeats in the chats; return the share that does."""
        job = jobs.submit(
            kind="prepare",
            recipe="data-profile",
            inputs={"dataset": {"full_name": CHATS}},
            params={"text_columns": ["messages"], "label_column": "topic"},
        )
        self.step("Reporting what is in them", f"/jobs/{job['id']}")
        found = numbers(jobs.watch(job["id"])["result"]["scores"])
        self.report(
            f"    {found['rows']:,.0f} chats, of which {found['repeated_share']:.1%} repeat another one"
        )
        return found["repeated_share"]

    def prepare_chats(self, jobs: Jobs, output: str) -> None:
        """Deduplicate and split the chats, and read the result as any user would.

        raises  RuntimeError if a chat is in two splits, or if repetitions are left
        """
        job = jobs.submit(
            kind="prepare",
            recipe="data-preparation",
            inputs={"dataset": {"full_name": CHATS}},
            output={"full_name": output},
            params=PREPARE,
        )
        self.step("Deduplicating and splitting them", f"/jobs/{job['id']}")
        jobs.watch(job["id"])
        self.step("The output is a new dataset with a card and lineage", f"/datasets/{output}")
        read = json.loads(self.run(sys.executable, "-c", READ, output).splitlines()[-1])
        rows = ", ".join(f"{count:,} {name}" for name, count in read["rows"].items())
        support = read["topics"].get(SUPPORT, 0)
        self.report(f"    {rows}; {support} chats about technical support; {read['shared']} in two splits")
        if read["shared"] or support > SUPPORT_CHATS:
            raise RuntimeError("Repeated chats are left.")


def numbers(scores: list[dict[str, Any]]) -> dict[str, float]:
    return {one["name"]: one["value"] for one in scores}
