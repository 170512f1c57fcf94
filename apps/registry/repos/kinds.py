"""Labels and page URLs of the kinds of repositories."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from .addresses import RepoKind

Label = str | Promise


@dataclass(frozen=True, slots=True)
class KindLabels:
    """Labels and URLs of one kind; the singular is `kind.label`.

    noun            in sentences of the hub protocol, untranslated
    title           of the list
    feed_title      of the feed of new repositories
    none            title of an empty list
    new, create     title and button of the page that creates one
    href, new_href  of the list and of the page that creates one
    option          for commands of the `hf` client
    folder          local folder in examples
    """

    kind: RepoKind
    noun: str
    title: Label
    feed_title: Label
    none: Label
    new: Label
    create: Label
    href: str
    new_href: str
    option: str
    folder: str


LABELS = {
    RepoKind.MODEL: KindLabels(
        kind=RepoKind.MODEL,
        noun=gettext_noop("model"),
        title=_("Models"),
        feed_title=_("New models"),
        none=_("No models yet"),
        new=_("New model"),
        create=_("Create model"),
        href="/models",
        new_href="/new",
        option="",
        folder="./checkpoint",
    ),
    RepoKind.DATASET: KindLabels(
        kind=RepoKind.DATASET,
        noun=gettext_noop("dataset"),
        title=_("Datasets"),
        feed_title=_("New datasets"),
        none=_("No datasets yet"),
        new=_("New dataset"),
        create=_("Create dataset"),
        href="/datasets",
        new_href="/new-dataset",
        option=" --repo-type dataset",
        folder="./data",
    ),
    RepoKind.SPACE: KindLabels(
        kind=RepoKind.SPACE,
        noun=gettext_noop("space"),
        title=_("Applications"),
        feed_title=_("New applications"),
        none=_("No applications yet"),
        new=_("New application"),
        create=_("Create application"),
        href="/apps",
        new_href="/new-app",
        option=" --repo-type space",
        folder="./app",
    ),
    RepoKind.KERNEL: KindLabels(
        kind=RepoKind.KERNEL,
        noun=gettext_noop("kernel"),
        title=_("Kernels"),
        feed_title=_("New kernels"),
        none=_("No kernels yet"),
        new=_("New kernel"),
        create=_("Create kernel"),
        href="/kernels",
        new_href="/new-kernel",
        option=" --repo-type kernel",
        folder="./build",
    ),
}


def labels_of(kind: RepoKind | str) -> KindLabels:
    return LABELS[RepoKind(kind)]
