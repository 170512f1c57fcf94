"""Foreign keys point the same way as imports: down the lists of pyproject.toml."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.apps import apps

from tests.architecture.layers import ranks_in

ranks = cache(ranks_in)


def rank(container: str, module: str) -> tuple[str, int]:
    """Return the domain or app of a module and its rank; a package that no contract lists is an error."""
    name = ".".join(module.split(".")[: container.count(".") + 2])
    if name not in ranks(container):
        raise LookupError(f"{name} is in no import contract")
    return name, ranks(container)[name]


def points_down(source: str, target: str) -> bool:
    """Return whether a model in the source module may reference one in the target module."""
    (low, _), (high, _) = rank("apps", source), rank("apps", target)
    container = low if low == high else "apps"
    if container == "apps.core":
        return True  # core is one library; its apps have no order
    (name, above), (other, below) = rank(container, source), rank(container, target)
    return name == other or above > below


def is_swappable(field: Any) -> bool:
    """Return whether a key refers to AUTH_USER_MODEL by its setting, as a library without domains may."""
    return getattr(field, "swappable_setting", None) == "AUTH_USER_MODEL"


def foreign_keys() -> Iterator[tuple[str, str, str]]:
    """Yield the name of each key, the module of its model and the module of its target."""
    for model in apps.get_models():
        if not model.__module__.startswith("apps."):
            continue
        for field in model._meta.get_fields():
            target = field.related_model
            if field.is_relation and not field.auto_created and isinstance(target, type):
                if is_swappable(field):
                    continue
                yield f"{model.__name__}.{field.name}", model.__module__, target.__module__


def test_foreign_keys_point_down():
    wrong = [
        name
        for name, source, target in foreign_keys()
        if target.startswith("apps.") and not points_down(source, target)
    ]

    assert wrong == []


def test_there_are_foreign_keys_to_check():
    assert ("Repo.namespace", "apps.registry.repos.models", "apps.users.accounts.models") in foreign_keys()


@pytest.mark.parametrize(
    ("source", "target", "allowed"),
    [
        ("apps.toolchain.jobs.models.job", "apps.registry.repos.models", False),
        ("apps.registry.repos.models", "apps.toolchain.jobs.models.job", True),
        ("apps.registry.blobs.models", "apps.registry.repos.models", False),
        ("apps.registry.repos.models", "apps.registry.blobs.models", True),
        ("apps.registry.repos.models", "apps.registry.repos.models", True),
        ("apps.community.forum.models", "apps.users.accounts.models", True),
        ("apps.users.accounts.models", "apps.community.forum.models", False),
    ],
)
def test_a_key_points_down_or_is_refused(source, target, allowed):
    assert points_down(source, target) is allowed


@pytest.mark.parametrize("module", ["apps.shop.cart.models", "apps.users.teams.models"])
def test_a_model_of_an_unknown_domain_or_app_is_refused(module):
    with pytest.raises(LookupError):
        points_down(module, "apps.users.accounts.models")
