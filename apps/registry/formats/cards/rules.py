"""Validation of card metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from .front_matter import BadYaml, read_yaml, split_front_matter
from .licenses import LICENSES
from .tasks import TASKS

LANGUAGE = re.compile(r"^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")
SPECIAL_LANGUAGES = frozenset({"code", "multilingual", "multilinguality", "other", "unknown"})
SDKS = frozenset({"gradio", "streamlit", "docker", "static"})
LIST_KEYS = ("tags", "datasets", "metrics", "base_model", "task_categories", "task_ids", "size_categories")
WORD_KEYS = (
    "library_name",
    "pipeline_tag",
    "pretty_name",
    "license_name",
    "license_link",
    "base_model_relation",
    "title",
    "emoji",
)
MUST_BE_LIST = ("tags",)


@dataclass(slots=True)
class CardReport:
    """Sentences about a card: with errors it is refused, warnings are advice."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        return not self.errors

    @property
    def text(self) -> str:
        """The report in the format of the hub client, one line per sentence."""
        return "\n".join(
            [*[f"- Error: {one}" for one in self.errors], *[f"- Warning: {one}" for one in self.warnings]]
        )


def validate_card(content: str, kind: str = "model") -> CardReport:
    """Check the metadata of a README.

    content  the whole text of the file
    kind     model, dataset, space or kernel
    source   huggingface_hub `RepoCard.validate`
    """
    report = CardReport()
    text = split_front_matter(content)[0]
    if text is None:
        report.warnings.append(_("empty or missing yaml metadata in repo card"))
        return report
    try:
        data = read_yaml(text)
    except BadYaml as error:
        report.errors.append(str(error))
        return report
    if data is None:
        report.warnings.append(_("empty or missing yaml metadata in repo card"))
    elif not isinstance(data, dict):
        report.errors.append(_("The metadata must be a mapping of keys to values."))
    else:
        report.data = data
        _check(data, kind, report)
    return report


def one_of_message(key: str, words: Iterable[str]) -> str:
    return _('"%(key)s" must be one of [%(words)s]') % {"key": key, "words": ", ".join(sorted(words))}


def _check(data: Mapping[str, Any], kind: str, report: CardReport) -> None:
    _check_license(data.get("license"), report)
    _check_languages(data.get("language"), report)
    _check_types(data, report)
    _check_results(data.get("model-index"), report)
    task = data.get("pipeline_tag")
    if isinstance(task, str) and task and task not in TASKS:
        report.warnings.append(
            _('"pipeline_tag" with value "%(value)s" is not a known task.') % {"value": task[:80]}
        )
    if kind == "space" and data.get("sdk") is not None and data["sdk"] not in SDKS:
        report.errors.append(one_of_message("sdk", SDKS))


def _check_license(license: Any, report: CardReport) -> None:
    if license is None:
        return
    for one in license if isinstance(license, list) else [license]:
        if not isinstance(one, str) or one not in LICENSES:
            report.errors.append(one_of_message("license", LICENSES))
            return


def _check_languages(languages: Any, report: CardReport) -> None:
    if languages is None:
        return
    for one in languages if isinstance(languages, list) else [languages]:
        if not isinstance(one, str):
            report.errors.append(_('"language" must be a string or an array of strings'))
            return
        if one not in SPECIAL_LANGUAGES and not LANGUAGE.match(one):
            message = _('"language" with value "%(value)s" is not a two- or three-letter ISO 639 code.')
            report.warnings.append(message % {"value": one[:80]})


def _check_types(data: Mapping[str, Any], report: CardReport) -> None:
    for key in LIST_KEYS:
        value = data.get(key)
        if value is None or (isinstance(value, str) and key not in MUST_BE_LIST):
            continue
        if not isinstance(value, list) or not all(isinstance(one, str | int | float) for one in value):
            report.errors.append(_('"%(key)s" must be an array of strings') % {"key": key})
    for key in WORD_KEYS:
        if data.get(key) is not None and not isinstance(data[key], str | int | float):
            report.errors.append(_('"%(key)s" must be a string') % {"key": key})


def _check_results(index: Any, report: CardReport) -> None:
    """Check `model-index`, the self-reported scores: [{name, results: [{task, dataset, metrics}]}]."""
    if index is None:
        return
    if not isinstance(index, list):
        report.errors.append(_('"%(key)s" must be an array') % {"key": "model-index"})
        return
    for number, model in enumerate(index):
        if not isinstance(model, dict):
            report.errors.append(_('"%(key)s" must be an object') % {"key": f"model-index[{number}]"})
        elif not isinstance(model.get("name"), str | int | float):
            report.errors.append(_('"%(key)s" is required') % {"key": f"model-index[{number}].name"})
        elif not isinstance(model.get("results", []), list):
            report.errors.append(_('"%(key)s" must be an array') % {"key": f"model-index[{number}].results"})
