"""Sample content for pages: repositories with real files, jobs in three states, a receipt."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from apps.registry.contents.services.commit import commit_changes
from apps.registry.contents.services.refs import create_branch, create_tag
from apps.registry.gitstore import AddFile, Delete
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import DownloadDay, Gating, Repo
from apps.registry.repos.selectors import git_of
from apps.registry.repos.services.access_requests import grant_access, request_access, set_gating
from apps.registry.repos.services.protection import set_protection
from apps.toolchain.jobs.contracts import EventKind, OutputRepo, PinnedRepo
from apps.toolchain.receipts.services import record_result
from tests.browser.forum_scene import FORUM_PAGES_FOR_ANYBODY, FORUM_PAGES_FOR_THE_OWNER, a_forum
from tests.history_samples import a_history
from tests.job_makers import a_claim, a_job, a_result, a_running_job, an_event, key_actor, report
from tests.makers import Cast, Person, a_repo
from tests.seed import commit_large_file

CARD = """---
license: apache-2.0
language: [en]
pipeline_tag: text-classification
library_name: transformers
base_model: owner/tiny-encoder
datasets: [owner/film-reviews]
tags: [sentiment]
---
# tiny-sentiment

Tells whether a sentence from a film review is **positive** or **negative**. Fine-tuned from
[tiny-encoder](https://example.com) on sentences that people rated.

> [!NOTE]
> The reviews are in English; other languages were not measured.

## Use

```python
from transformers import pipeline

classify = pipeline("text-classification", model="owner/tiny-sentiment")
print(classify("A quiet, well made film."))
```

## Results

| split | accuracy | macro F1 |
| --- | ---: | ---: |
| validation | 0.884 | 0.881 |
| test | 0.870 | 0.860 |

The loss is $-\\frac{1}{N}\\sum_i \\log p_\\theta(y_i \\mid x_i)$ over the training split.

- [x] evaluated on held-out data
- [ ] measured on longer texts
"""
CHINESE_CARD = """---
license: apache-2.0
language: [zh]
pipeline_tag: text-classification
---
# 中文情感分析模型

用于判断影评与商品评论的情感倾向，在人工标注的句子上微调，附带每个划分的评测结果。
"""
DATA_CARD = """---
license: mit
language: [en]
task_categories: [text-classification]
---
# film-reviews

Sentences, each with a label.
"""
CONFIG = {
    "architectures": ["BertForSequenceClassification"],
    "model_type": "bert",
    "hidden_size": 384,
    "num_labels": 2,
}
SENTENCES = [
    "A quiet, well made film.",
    "Two hours that I want back.",
    "The cast carries it.",
    "Loud, long and hollow.",
    "I laughed, then I cried.",
]


@dataclass(frozen=True, slots=True)
class Scene:
    """Paths of the pages, by name; and the session of the owner."""

    paths: dict[str, str]
    session: str


def safetensors(shapes: dict[str, list[int]], dtype: str = "F32", width: int = 4) -> bytes:
    """Return a valid file of zeros."""
    header, end = {}, 0
    for name, shape in shapes.items():
        start, end = end, end + math.prod(shape) * width
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
    words = json.dumps(header).encode()
    return struct.pack("<Q", len(words)) + words + bytes(end)


def publish(
    person: Person,
    name: str,
    files: dict[str, bytes],
    *,
    kind: str = "model",
    message: str = "First commit",
    **facts,
) -> str:
    """Create a repository with files and return its commit."""
    repo = a_repo(person, name, kind=kind, **facts)
    changes = [AddFile(path, content) for path, content in files.items()]
    return commit_changes(
        actor=person.actor, address=repo.address, branch="main", changes=changes, message=message
    ).sha


def a_model_file() -> bytes:
    return safetensors(
        {
            "embeddings.weight": [512, 64],
            "encoder.layer.0.query.weight": [64, 64],
            "classifier.weight": [2, 64],
        }
    )


def repositories(cast: Cast) -> dict[str, str]:
    """Publish models and datasets; return the commits of the two used by jobs."""
    rows = "text,label\n" + "".join(f'"{SENTENCES[index % 5]}",{index % 2}\n' for index in range(240))
    data = publish(
        cast.owner,
        "film-reviews",
        {"README.md": DATA_CARD.encode(), "train.csv": rows.encode(), "test.csv": rows[:2000].encode()},
        kind="dataset",
    )
    config = json.dumps(CONFIG, indent=2).encode()
    base = publish(
        cast.owner,
        "tiny-encoder",
        {"README.md": b"---\nlicense: mit\n---\n# tiny-encoder\n", "config.json": config},
    )
    weights = a_model_file()
    model = publish(
        cast.owner,
        "tiny-sentiment",
        {
            "README.md": CARD.encode(),
            "config.json": config,
            "model.safetensors": weights,
            "onnx/notes.txt": b"none\n",
        },
    )
    commit_changes(
        actor=cast.owner.actor,
        address=Address(RepoKind.MODEL, "owner", "tiny-sentiment"),
        branch="main",
        changes=[AddFile("tokenizer.json", b'{"version": "1.0"}')],
        message="Add the tokenizer",
    )
    publish(cast.owner, "a-draft-that-nobody-else-sees", {"README.md": b"# draft\n"}, is_private=True)
    a_grown_model(cast.owner)
    publish(cast.owner, "zhongwen-qinggan", {"README.md": CHINESE_CARD.encode()}, namespace="grove")
    for name in ("long-context-reader", "image-tagger", "speech-notes-whisper-small-with-a-long-name"):
        publish(
            cast.owner,
            name,
            {"README.md": f"---\nlicense: mit\npipeline_tag: text-generation\n---\n# {name}\n".encode()},
            namespace="grove",
        )
    return {"model": model, "data": data, "base": base}


def a_grown_model(person: Person) -> None:
    """Publish a model with a history: all kinds of changes, a branch, two tags."""
    repo = a_history(person)
    facts = {"actor": person.actor, "address": repo.address}
    create_branch(name="feature/longer-training", **facts)
    changes = [AddFile("README.md", b"---\nlicense: mit\n---\n# grown\n\nTrained for ten epochs.\n")]
    commit_changes(branch="feature/longer-training", changes=changes, message="Train for ten epochs", **facts)
    commit_changes(
        branch="main",
        changes=[AddFile("notes/next.md", b"# Next\n")],
        message="Write down what is next",
        **facts,
    )
    create_tag(
        name="v1.0",
        revision="feature/longer-training",
        message="First release\n\nTen epochs, one more point of accuracy.",
        **facts,
    )
    longer = next(one.sha for one in git_of(repo).log(repo.head) if one.title.startswith("Train longer"))
    create_tag(name="draft", revision=longer, **facts)
    set_protection(patterns=["main"], **facts)


RELATIVES = (
    ("tiny-sentiment-lora", "owner/tiny-sentiment", {"adapter_config.json": b'{"peft_type": "LORA"}'}),
    ("tiny-sentiment-gguf", "owner/tiny-sentiment", {"tiny-q4.gguf": b"GGUF"}),
    ("tiny-sentiment-zh", "owner/tiny-sentiment", {}),
    ("tiny-sentiment-zh-lora", "owner/tiny-sentiment-zh", {"adapter_config.json": b'{"peft_type": "LORA"}'}),
)
VERSIONS = (("weights.bin", 3 << 20), ("weights.bin", 5 << 20), ("optimizer.bin", 6 << 20))


def relatives(cast: Cast) -> None:
    """Publish derivatives of the model, a space and a kernel, and count downloads of the model."""
    for name, base, files in RELATIVES:
        card = (
            f"---\nbase_model: {base}\npipeline_tag: text-classification\n---\n"
            f"# {name}\n\nMade from {base}.\n"
        )
        publish(cast.owner, name, {"README.md": card.encode(), **files}, namespace="grove")
    publish(
        cast.owner,
        "film-mood",
        {"README.md": b"---\ntitle: film-mood\nsdk: gradio\n---\n# film-mood\n"},
        kind="space",
    )
    publish(cast.owner, "fast-gelu", {"README.md": b"---\nlicense: mit\n---\n# fast-gelu\n"}, kind="kernel")
    model = Repo.objects.get(kind="model", name="tiny-sentiment")
    today = timezone.now().date()
    counts = [(day * 7 + 3) % 23 for day in range(30)]
    DownloadDay.objects.bulk_create(
        DownloadDay(repo=model, day=today - timedelta(days=day), count=n) for day, n in enumerate(counts) if n
    )
    Repo.objects.filter(pk=model.pk).update(downloads=sum(counts), downloads_all_time=sum(counts) + 812)


def versions(cast: Cast) -> None:
    """Commit large files: one in two versions and one deleted again."""
    repo = a_repo(cast.owner, "tiny-checkpoints")
    for number, (path, size) in enumerate(VERSIONS):
        commit_large_file(cast.owner, repo, path, bytes([number]) * size)
    commit_changes(
        actor=cast.owner.actor,
        address=repo.address,
        branch="main",
        changes=[Delete("optimizer.bin")],
        message="Drop it",
    )


def curve(claim, steps: int = 60) -> None:
    """Report the events of a fine-tune: progress, losses, scores and checkpoints."""
    events, seq = [], 2
    for step in range(1, steps + 1):
        values = {
            "loss": round(0.69 * math.exp(-step / 30) + 0.1 + 0.02 * math.sin(step), 4),
            "learning_rate": 5e-5 * (1 - step / 100),
        }
        if step % 10 == 0:
            values["validation_loss"] = round(values["loss"] * 1.1 + 0.02, 4)
            values["validation_accuracy"] = round(0.9 - 0.4 * math.exp(-step / 20), 4)
            events.append(an_event(seq, EventKind.CHECKPOINT, step=step))
            seq += 1
        events.append(an_event(seq, EventKind.METRIC, step=step, epoch=step / 30, values=values))
        events.append(
            an_event(
                seq + 1,
                EventKind.LOG,
                level="info" if step % 25 else "warning",
                line=f"step {step}: loss {values['loss']}",
            )
        )
        seq += 2
    events.append(an_event(seq, EventKind.PROGRESS, step=steps, total=100, phase="training"))
    for start in range(0, len(events), 100):
        report(claim, *events[start : start + 100])


def jobs(cast: Cast, commits: dict[str, str]) -> dict[str, str]:
    """Start a running fine-tune, a failed one and a finished evaluation; return their pages."""
    model = PinnedRepo("model", "owner/tiny-sentiment", commits["model"], key_of("model", "tiny-sentiment"))
    base = PinnedRepo("model", "owner/tiny-encoder", commits["base"], key_of("model", "tiny-encoder"))
    data = PinnedRepo("dataset", "owner/film-reviews", commits["data"], key_of("dataset", "film-reviews"))
    running, claim = a_running_job(
        cast.owner,
        cast.staff,
        inputs={"model": base, "dataset": data},
        output=OutputRepo("model", "owner/tiny-next"),
    )
    curve(claim)
    failed, claim = a_running_job(
        cast.owner,
        cast.staff,
        inputs={"model": base, "dataset": data},
        output=OutputRepo("model", "owner/tiny-other"),
    )
    message = "The test split has no column 'label'; it has text, stars."
    report(
        claim,
        an_event(2, EventKind.STATE, state="failed", fault="yours", code="column_missing", message=message),
    )
    evaluation = a_job(cast.owner, "evaluate", inputs={"model": model, "dataset": data}, output=None)
    claim = a_claim(evaluation, cast.staff)
    report(claim, an_event(1, EventKind.STATE, state="running"))
    receipt = record_result(actor=key_actor(claim), job_id=evaluation.pk, result=a_result(claim))
    report(claim, an_event(2, EventKind.STATE, state="succeeded"))
    return {
        "job-running": f"/jobs/{running.pk}",
        "job-failed": f"/jobs/{failed.pk}",
        "job-evaluation": f"/jobs/{evaluation.pk}",
        "receipt": f"/receipts/{receipt.pk}",
    }


def key_of(kind: str, name: str) -> str:
    from apps.registry.repos.models import Repo

    return str(Repo.objects.get(kind=kind, name=name).pk)


PAGES_FOR_ANYBODY = {
    **FORUM_PAGES_FOR_ANYBODY,
    "landing": "/",
    "models": "/models",
    "models-none": "/models?search=nothing-of-this-name",
    "models-filtered": "/models?task=text-generation&license=mit",
    "datasets": "/datasets",
    "search": "/search?q=tiny",
    "search-of-one-kind": "/search?q=e&type=model",
    "search-chinese": "/search?q=情感",
    "search-misspelt": "/search?q=sentimnet",
    "search-none": "/search?q=nothing-of-this-name",
    "search-empty": "/search",
    "model": "/owner/tiny-sentiment",
    "model-files": "/owner/tiny-sentiment/tree/main",
    "model-file": "/owner/tiny-sentiment/blob/main/config.json",
    "model-tensors": "/owner/tiny-sentiment/blob/main/model.safetensors",
    "model-commits": "/owner/tiny-sentiment/commits/main",
    "history-commits": "/owner/grown/commits/main",
    "history-commit": "/owner/grown/commit/draft",
    "history-branches": "/owner/grown/branches",
    "history-tags": "/owner/grown/tags",
    "history-compare": "/owner/grown/compare/draft...main",
    "history-split": "/owner/grown/commit/draft?file=train.py&view=split",
    "history-blame": "/owner/grown/blame/main/train.py",
    "history-notebook": "/owner/grown/blob/main/explore.ipynb",
    "history-files": "/owner/grown/tree/main",
    "history-link": "/owner/grown/blob/main/latest",
    "model-evaluations": "/owner/tiny-sentiment/evaluations",
    "model-lineage": "/owner/tiny-sentiment/lineage",
    "model-jobs": "/owner/tiny-sentiment/jobs",
    "model-tree": "/owner/tiny-sentiment/model-tree",
    "model-tree-one": "/owner/tiny-sentiment/model-tree?relation=adapter",
    "model-tree-none": "/grove/image-tagger/model-tree",
    "dataset-tree": "/datasets/owner/film-reviews/model-tree",
    "applications": "/apps",
    "kernels": "/kernels",
    "application": "/spaces/owner/film-mood",
    "kernel": "/kernels/owner/fast-gelu",
    "dataset": "/datasets/owner/film-reviews",
    "dataset-viewer": "/datasets/owner/film-reviews/viewer",
    "profile": "/owner",
    "organization": "/grove",
    "login": "/login",
    "signup": "/signup",
    "verify": "/verify",
    "missing": "/nothing/at/all/here",
    "styleguide": "/styleguide",
    "api-docs": "/api/v1/docs",
    "api-quick-start": "/api/v1/docs/start",
}
PAGES_FOR_THE_OWNER = {
    **FORUM_PAGES_FOR_THE_OWNER,
    "home": "/",
    "fine-tune": "/owner/tiny-sentiment/fine-tune",
    "evaluate": "/owner/tiny-sentiment/evaluate",
    "jobs": "/jobs",
    "new-model": "/new",
    "branches-to-change": "/owner/grown/branches",
    "tags-to-change": "/owner/grown/tags",
    "new-app": "/new-app",
    "model-settings": "/owner/tiny-sentiment/settings",
    "gated": "/datasets/member/voices-outside",
    "access-requests": "/datasets/owner/voices-at-home/settings/access",
    "access-accepted": "/datasets/owner/voices-at-home/settings/access?state=accepted",
    "storage": "/owner/tiny-checkpoints/settings/storage",
    "storage-by-file": "/owner/tiny-checkpoints/settings/storage?by=file",
    "storage-none": "/owner/tiny-sentiment/settings/storage",
    "settings-storage": "/settings/storage",
    "organization-storage": "/organizations/grove/storage",
    "organization-settings": "/organizations/grove/settings",
    "model-upload": "/owner/tiny-sentiment/upload/main",
    "model-edit": "/owner/tiny-sentiment/edit/main/README.md",
    "settings-profile": "/settings/profile",
    "settings-preferences": "/settings/preferences",
    "settings-account": "/settings/account",
    "settings-tokens": "/settings/tokens",
    "settings-token-new": "/settings/tokens/new",
    "settings-organizations": "/settings/organizations",
    "settings-emails": "/settings/emails",
    "settings-password": "/settings/password",
    "second-factor": "/mfa",
    "sessions": "/sessions",
    "organization-new": "/organizations/new",
    "organization-members": "/organizations/grove/members",
}


def gates(cast: Cast) -> None:
    """Create a gated repository with a pending request, and request access to a repository of the member."""
    card = (
        b"---\nlicense: mit\n---\n# {}\n\n"
        b"Recordings of people who agreed to research, not to anything else.\n"
    )
    for person, name in ((cast.owner, "voices-at-home"), (cast.member, "voices-outside")):
        publish(
            person,
            name,
            {"README.md": card.replace(b"{}", name.encode()), "rows.csv": b"text\nhello\n"},
            kind="dataset",
        )
        set_gating(
            actor=person.actor, address=Address(RepoKind.DATASET, person.name, name), gating=Gating.MANUAL
        )
    own = Address(RepoKind.DATASET, "owner", "voices-at-home")
    request_access(
        actor=cast.stranger.actor,
        address=own,
        reason="We compare recognisers of speech and publish the figures.",
    )
    request_access(actor=cast.staff.actor, address=own)
    grant_access(actor=cast.owner.actor, address=own, name="member")


def session_of(person: Person) -> str:
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def a_scene(cast: Cast) -> Scene:
    """Fill an empty site with content for all of its pages."""
    pages = jobs(cast, repositories(cast))
    relatives(cast)
    versions(cast)
    gates(cast)
    pages |= a_forum(cast)
    return Scene({**PAGES_FOR_ANYBODY, **PAGES_FOR_THE_OWNER, **pages}, session_of(cast.owner))
