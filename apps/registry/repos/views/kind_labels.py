"""What each kind of repository is called on pages, and where its list is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from ..addresses import RepoKind


@dataclass(frozen=True, slots=True)
class KindLabels:
    """Words and addresses of one kind.

    href, new_href  of its list, and of the form that makes one
    option          what the `hf` client is told
    folder          a name for the folder in an example
    """

    kind: RepoKind
    title: Any
    none: Any
    new: Any
    create: Any
    href: str
    new_href: str
    option: str
    folder: str


KIND_LABELS = {
    labels.kind: labels
    for labels in (
        KindLabels(
            RepoKind.MODEL,
            _("Models"),
            _("No models yet"),
            _("New model"),
            _("Create model"),
            "/models",
            "/new",
            "",
            "./checkpoint",
        ),
        KindLabels(
            *(RepoKind.DATASET, _("Datasets"), _("No datasets yet"), _("New dataset"), _("Create dataset")),
            *("/datasets", "/new-dataset", " --repo-type dataset", "./data"),
        ),
        KindLabels(
            *(
                RepoKind.SPACE,
                _("Applications"),
                _("No applications yet"),
                _("New application"),
                _("Create application"),
            ),
            *("/apps", "/new-app", " --repo-type space", "./app"),
        ),
        KindLabels(
            *(RepoKind.KERNEL, _("Kernels"), _("No kernels yet"), _("New kernel"), _("Create kernel")),
            *("/kernels", "/new-kernel", " --repo-type kernel", "./build"),
        ),
    )
}


def labels_of(kind: RepoKind | str) -> KindLabels:
    return KIND_LABELS[RepoKind(kind)]
