"""Seeds a large site: `python -m tests.tools.bench.seed 100000` adds repositories with ten tags each.

Only rows are written: lists and search do not open git folders.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")

MEMBER = "gardener"
MEMBER_ORGANIZATIONS = 150
REPOS_PER_OWNER = 40
TAGS_OF_A_REPO = 10
TASKS = """text-generation text-classification image-classification automatic-speech-recognition text-to-image
fill-mask translation summarization token-classification question-answering feature-extraction
sentence-similarity object-detection image-segmentation text-to-speech zero-shot-classification
audio-classification image-to-text tabular-classification reinforcement-learning time-series-forecasting
depth-estimation video-classification""".split()
LIBRARIES = """transformers peft diffusers sentence-transformers gguf timm keras spacy flair setfit mlx onnx
nemo adapter-transformers""".split()
LICENSES = "apache-2.0 mit cc-by-4.0 llama3 openrail cc-by-nc-4.0 gpl-3.0 bsd-3-clause other".split()
LANGUAGES = "en zh de fr es ja ko ru ar pt hi sw it nl vi th tr pl id uk".split()
WORDS = """tiny base large mini small bert llama moss fern oak river vision chat code math medical legal news
speech whisper sentiment review encoder reader tagger translator instruct distil multilingual quantized
finetuned film music weather finance""".split()
THINGS = """情感分析 文本分类 机器翻译 语音识别 图像分类 医疗问答 法律文书
新闻摘要 代码生成 数学推理 古诗生成 客服对话 命名实体识别 视频理解""".split()
MANNERS = "中文 多语言 轻量 大规模 指令微调 量化 预训练 领域 开源 高精度".split()
SENTENCES = (
    "Reads {0} texts and tells what they are about; trained on {1} examples that people checked.",
    "A {0} model for {1}, small enough for a laptop.",
    "Fine-tuned from {0} on {1} data of one company, with scores for each split.",
    "Collected {0} and {1} documents, cleaned, without repeats.",
)
BEGIN = datetime(2023, 1, 1, tzinfo=UTC)
DAYS = 1000
REPO_COLUMNS = """id kind namespace_id name key address_key created_by_id is_private gating default_branch
created_at updated_at deleted_at downloads downloads_all_time likes settings head title description card
card_problem task library license languages base_models datasets tags config parameters parameters_by_dtype
size_bytes regular_bytes file_count files_problem""".split()


class Zipf:
    """Draws values with a Zipf distribution: the first ones often, the last ones rarely."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values = list(values)
        self.weights = list(accumulate(1 / (place + 1) for place in range(len(self.values))))

    def draw(self, chance: random.Random, count: int = 1) -> list[str]:
        return chance.choices(self.values, cum_weights=self.weights, k=count)


class Maker:
    """Makes rows from a seed, so that sites of the same size are alike."""

    def __init__(self, owners: list[tuple[int, str]], created_by: int, first: int) -> None:
        self.chance, self.owners, self.created_by = random.Random(first), owners, created_by
        self.places = Zipf(str(place) for place in range(len(owners)))
        self.tasks, self.libraries, self.licenses, self.languages = map(
            Zipf, (TASKS, LIBRARIES, LICENSES, LANGUAGES)
        )
        self.topics = Zipf(f"topic-{number}" for number in range(5000))

    def facts(self, kind: str, number: int) -> dict[str, Any]:
        chance = self.chance
        task, license = self.tasks.draw(chance)[0], self.licenses.draw(chance)[0]
        library = self.libraries.draw(chance)[0] if kind == "model" else ""
        languages = list(dict.fromkeys(self.languages.draw(chance, chance.randint(1, 2))))
        base = f"seeder/{chance.choice(WORDS)}-{int(chance.paretovariate(1))}"
        first = (
            [task, library, *languages]
            if kind != "dataset"
            else [f"task_categories:{task}", *(f"language:{one}" for one in languages)]
        )
        tags = [
            tag
            for tag in (*first, f"license:{license}", f"base_model:{base}" if kind == "model" else "")
            if tag
        ]
        tags += [
            tag for tag in dict.fromkeys(self.topics.draw(chance, 2 * TAGS_OF_A_REPO)) if tag not in tags
        ]
        facts = {"task": task, "library": library, "license": license, "languages": languages}
        return {**facts, "base_models": [base] if kind == "model" else [], "tags": tags[:TAGS_OF_A_REPO]}

    def words(self) -> dict[str, str]:
        chance = self.chance
        pair = chance.sample(WORDS, 2)
        if chance.random() < 0.3:
            thing = chance.choice(THINGS)
            return {
                "title": f"{chance.choice(MANNERS)}{thing}",
                "description": f"用于{thing}的{chance.choice(MANNERS)}资源，附带评测结果。",
            }
        return {"title": " ".join(pair).capitalize(), "description": chance.choice(SENTENCES).format(*pair)}

    def row(self, number: int) -> dict[str, Any]:
        chance = self.chance
        kind = chance.choices(("model", "dataset", "space"), (7, 2, 1))[0]
        namespace_id, key = self.owners[int(self.places.draw(chance)[0])]
        name = f"{'-'.join(chance.sample(WORDS, chance.randint(2, 3)))}-{number}"
        created = BEGIN + timedelta(days=DAYS * chance.random())
        facts, downloads = self.facts(kind, number), int(min(10**7, 10 * chance.paretovariate(0.7)))
        parameters = int(10 ** chance.uniform(6, 11)) if kind == "model" and chance.random() < 0.8 else None
        return {
            **self.words(),
            **facts,
            "id": uuid.UUID(int=chance.getrandbits(128), version=4),
            "kind": kind,
            "namespace_id": namespace_id,
            "name": name.capitalize() if chance.random() < 0.2 else name,
            "key": name,
            "address_key": f"{key}/{name}",
            "created_by_id": self.created_by,
            "is_private": chance.random() < 0.1,
            "created_at": created,
            "updated_at": created + timedelta(days=(DAYS - (created - BEGIN).days) * chance.random() ** 3),
            "downloads": downloads,
            "downloads_all_time": downloads * 7,
            "likes": int(chance.paretovariate(0.9)) - 1 if chance.random() < 0.3 else 0,
            "card": json.dumps(
                {"license": facts["license"], "tags": facts["tags"], "language": facts["languages"]}
            ),
            "parameters": parameters,
            "parameters_by_dtype": json.dumps({"BF16": parameters} if parameters else {}),
            "size_bytes": int(10 ** chance.uniform(3, 11)),
            "file_count": chance.randint(2, 40),
        }


DEFAULTS = {
    "gating": "",
    "default_branch": "main",
    "regular_bytes": 0,
    "settings": "{}",
    "config": "{}",
    "head": "",
    "card_problem": "",
    "files_problem": "",
    "datasets": [],
}


def values_of(row: dict[str, Any]) -> Iterator[Any]:
    full = {**DEFAULTS, "deleted_at": None, **row}
    return (full[name] for name in REPO_COLUMNS)


def make_owners(count: int) -> tuple[list[tuple[int, str]], int]:
    """Create organizations and a member; return (id, key) of all owners, and the member's id."""
    from apps.users.accounts.models import Membership, Namespace, NamespaceKind, Role, User
    from apps.users.accounts.services import create_person

    member = User.objects.filter(username=MEMBER).first() or create_person(
        MEMBER, email=f"{MEMBER}@example.com"
    )
    existing = Namespace.objects.filter(kind=NamespaceKind.ORGANIZATION).count()
    names = [f"{WORDS[place % len(WORDS)]}-lab-{place}" for place in range(existing, existing + count)]
    made = [
        Namespace(name=name, key=name, kind=NamespaceKind.ORGANIZATION, full_name=f"The {name} people")
        for name in names
    ]
    made = Namespace.objects.bulk_create(made)
    roles = [
        Membership(namespace=one, user=member, role=Role.WRITE)
        for one in made[:: max(1, count // MEMBER_ORGANIZATIONS)]
    ]
    Membership.objects.bulk_create(roles)
    return [(one.pk, one.key) for one in made], member.pk


@contextmanager
def without_indexes(cursor: Any, *tables: str) -> Iterator[None]:
    """Drop the non-unique indexes and rebuild them at the end, which is much faster than row by row."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique AND NOT indisprimary",
        [list(tables)],
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    yield
    # Pending deferred constraints would prevent the changes to the tables.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for _name, definition in indexes:
        cursor.execute(definition)


def make_repos(count: int, *, first: int = 0) -> None:
    """Write repositories with their tags by COPY, in one transaction."""
    from django.db import connection, transaction

    with transaction.atomic():
        owners, member = make_owners(max(1, count // REPOS_PER_OWNER))
        maker = Maker(owners, member, first)
        with connection.cursor() as cursor, without_indexes(cursor, "repos_repo"):
            with cursor.copy(f"COPY repos_repo ({', '.join(REPO_COLUMNS)}) FROM STDIN") as copy:
                for number in range(first, first + count):
                    copy.write_row(list(values_of(maker.row(number))))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    django.setup()
    began = time.monotonic()
    make_repos(int(sys.argv[1]), first=int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print(f"{int(sys.argv[1]):,} repositories in {time.monotonic() - began:.1f} s")
