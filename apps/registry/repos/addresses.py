"""Addresses of repositories, and their spelling in paths."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.text.storable import is_storable


class RepoKind(models.TextChoices):
    """What a repository holds."""

    MODEL = "model", _("Model")
    DATASET = "dataset", _("Dataset")
    SPACE = "space", _("Application")
    KERNEL = "kernel", _("Kernel")


PREFIXES = {
    RepoKind.MODEL: "",
    RepoKind.DATASET: "datasets/",
    RepoKind.SPACE: "spaces/",
    RepoKind.KERNEL: "kernels/",
}
KINDS_BY_PLURAL = {f"{kind.value}s": kind for kind in RepoKind}


@dataclass(frozen=True, slots=True)
class Address:
    """Address of a repository: `owner/name` for models, `datasets/owner/name` for datasets."""

    kind: RepoKind
    namespace: str
    name: str

    @property
    def id(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def path(self) -> str:
        return f"{PREFIXES[self.kind]}{self.id}"

    @property
    def plural(self) -> str:
        return f"{self.kind.value}s"

    @property
    def target(self) -> str:
        """The spelling in token grants."""
        return f"{self.kind.value}:{self.id}".casefold()

    def __str__(self) -> str:
        return self.path

    @classmethod
    def parse(cls, text: str) -> Address:
        """Parse `owner/name` or `datasets/owner/name` (raises ValueError)."""
        parts = text.strip("/").split("/")
        kind = RepoKind.MODEL
        if len(parts) == 3 and parts[0] in KINDS_BY_PLURAL:
            kind = KINDS_BY_PLURAL[parts.pop(0)]
        return cls.of_kind(kind, "/".join(parts))

    @classmethod
    def of_kind(cls, kind: RepoKind, text: str) -> Address:
        """Parse `owner/name` (raises ValueError)."""
        namespace, _slash, name = text.partition("/")
        if not namespace or not name or "/" in name or not is_storable(text):
            raise ValueError(f"not the address of a repository: {text}")
        return cls(kind, namespace, name)
