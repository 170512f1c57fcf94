"""Foreign keys point the same way as imports: down."""

from django.apps import apps

LAYERS = ["apps.core", "apps.users", "apps.business", "apps.toolchain", "apps.registry"]
ROOMS = ["apps.registry.gitstore", "apps.registry.blobs", "apps.registry.repos", "apps.registry.protocols"]


def height(module: str) -> int | None:
    return next((index for index, layer in enumerate(LAYERS) if module.startswith(layer)), None)


def arrows():
    """Yield (model, field, module of the model, module of its target)."""
    for model in apps.get_models():
        if not model.__module__.startswith("apps."):
            continue
        for field in model._meta.get_fields():
            if field.is_relation and not field.auto_created and field.related_model not in (None, "self"):
                yield model, field, model.__module__, field.related_model.__module__


def points_up(source: str, target: str) -> bool:
    low, high = height(source), height(target)
    return low is not None and high is not None and high > low


def test_foreign_keys_follow_the_arrows_between_districts():
    wrong = [
        f"{model.__name__}.{field.name}"
        for model, field, source, target in arrows()
        if points_up(source, target)
    ]

    assert wrong == []


def test_the_arrow_check_notices_an_upward_key():
    assert points_up("apps.toolchain.jobs.models", "apps.registry.repos.models")


def test_foreign_keys_follow_the_arrows_inside_the_registry():
    rank = {room: index for index, room in enumerate(ROOMS)}

    def room(module: str) -> int | None:
        return next((rank[name] for name in ROOMS if module.startswith(name)), None)

    pairs = [(model, field, room(source), room(target)) for model, field, source, target in arrows()]
    wrong = [
        f"{model.__name__}.{field.name}"
        for model, field, low, high in pairs
        if None not in (low, high) and high > low
    ]

    assert wrong == []
