"""Rows of many repositories, for measuring lists: `python -m tests.bench.seed 20000` against DATA_DIR."""

from __future__ import annotations

import os
import random
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")
TASKS = ["text-classification", "text-generation", "fill-mask", "translation", "summarization", "image-classification", ""]
LIBRARIES = ["transformers", "peft", "sentence-transformers", "diffusers", "gguf", ""]
LICENCES = ["apache-2.0", "mit", "cc-by-4.0", "llama3", ""]
LANGUAGES = ["en", "zh", "de", "fr", "es", "sw", "hi"]
WORDS = ["tiny", "base", "large", "mini", "bert", "llama", "moss", "fern", "oak", "river", "vision", "chat", "code", "math"]
BATCH = 2000


def make_repos(count: int, *, first: int = 0) -> None:
    """Insert model rows with tags as if derived; no git folders, lists do not open them."""
    from apps.registry.repos.models import Repo, RepoTag
    from apps.users.accounts.models import User
    from apps.users.accounts.services import create_person

    owner = User.objects.filter(username="gardener").first() or create_person("gardener")
    chance = random.Random(first)
    for start in range(first, first + count, BATCH):
        repos = [a_row(Repo, owner, number, chance) for number in range(start, min(start + BATCH, first + count))]
        Repo.objects.bulk_create(repos)
        RepoTag.objects.bulk_create([RepoTag(repo=repo, kind=repo.kind, tag=tag) for repo in repos for tag in tags_of(repo)])


def a_row(model: type, owner: object, number: int, chance: random.Random) -> object:
    name = f"{chance.choice(WORDS)}-{chance.choice(WORDS)}-{number}"
    return model(
        kind="model",
        namespace=owner.namespace,
        name=name,
        key=name,
        address_key=f"{owner.namespace.key}/{name}",
        created_by=owner,
        is_private=chance.random() < 0.1,
        task=chance.choice(TASKS),
        library=chance.choice(LIBRARIES),
        licence=chance.choice(LICENCES),
        languages=chance.sample(LANGUAGES, chance.randint(0, 2)),
        parameters=chance.choice([None, 10**6, 10**7, 10**8, 10**9, 7 * 10**9]),
        downloads=chance.randint(0, 10**5),
        size_bytes=chance.randint(1000, 10**9),
    )


def tags_of(repo: object) -> set[str]:
    words = {repo.task, repo.library, f"license:{repo.licence}" if repo.licence else ""} | {f"language:{word}" for word in repo.languages}
    return words - {""}


if __name__ == "__main__":
    django.setup()
    from django.db import connection

    make_repos(int(sys.argv[1]), first=int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
