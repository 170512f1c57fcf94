"""Datasets to train on: those that uploaded files become, and those that addresses of files name."""

from __future__ import annotations

import re
import secrets
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from apps.business.usage.services import check_storage
from apps.core.actor import Actor, Need
from apps.core.errors import NotFound, Refusal
from apps.core.web.spool import spool_folder
from apps.registry.contents.previews.viewer import open_view
from apps.registry.contents.services.create import create_repo_with_files
from apps.registry.contents.services.upload import ReceivedFile, upload_files
from apps.registry.gitstore import AddFile
from apps.registry.repos.access import may, repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import NameTaken
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from apps.registry.training.presenters.suggest import dataset_facts
from apps.registry.training.services.launch import InputRepo
from apps.toolchain.contracts import DatasetFacts, config_hash
from apps.toolchain.files.access import file_for
from apps.toolchain.files.errors import UploadedFileNotFound
from apps.toolchain.files.layouts import RowFormat
from apps.toolchain.files.models import File, Purpose
from apps.toolchain.files.selectors import content_of
from apps.users.accounts.models import Namespace

from ..errors import FineTuneRefused
from ..models import FileDataset
from ..selectors.recipes import COLUMNS, format_of_columns

ADDRESS = re.compile(r"hf://datasets/(?P<name>[^/@]+/[^/@]+)(?:@(?P<revision>[^/]+))?/(?P<path>.+)")
BRANCH = "main"
CARD = """---
pretty_name: Training data
---

# Training data

Rows of files that were uploaded for fine-tuning: `train.jsonl`{others}.
"""


@dataclass(frozen=True, slots=True)
class FileFault:
    """The fault of a file that a job fails for. param: training_file or validation_file"""

    param: str
    message: str

    def as_error(self) -> dict[str, str]:
        return {"code": f"invalid_{self.param}", "message": self.message, "param": self.param}


@dataclass(frozen=True, slots=True)
class UploadedRows:
    """Uploaded files with rows."""

    training: File
    validation: File | None

    @property
    def row_format(self) -> RowFormat:
        return RowFormat(self.training.row_format)

    @property
    def params(self) -> dict[str, Any]:
        return {}

    def fault(self) -> FileFault | None:
        if self.training.problem:
            return FileFault("training_file", self.training.fault)
        if self.validation is None:
            return None
        if self.validation.problem:
            return FileFault("validation_file", self.validation.fault)
        if self.validation.row_format != self.training.row_format:
            sentence = (
                f"The validation file has {self.validation.row_format} rows, "
                f"the training file {self.training.row_format} rows."
            )
            return FileFault("validation_file", sentence)
        return None

    def facts(self) -> DatasetFacts:
        """Return what the recipe may know of the dataset that the files become."""
        rows = {"train": self.training.row_count}
        size = self.training.size
        if self.validation:
            rows["validation"] = self.validation.row_count
            size += self.validation.size
        return DatasetFacts("", tuple(rows), COLUMNS[self.row_format], rows, size)

    def as_input(self, actor: Actor, namespace: Namespace) -> InputRepo:
        return dataset_of_files(actor, namespace, self.training, self.validation)


@dataclass(frozen=True, slots=True)
class DatasetRows:
    """Splits of a dataset repository at a commit."""

    input: InputRepo
    dataset: DatasetFacts
    row_format: RowFormat
    params: dict[str, Any]

    def fault(self) -> FileFault | None:
        return None

    def facts(self) -> DatasetFacts:
        return self.dataset

    def as_input(self, actor: Actor, namespace: Namespace) -> InputRepo:
        return self.input


def rows_named(actor: Actor, training: str, validation: str) -> UploadedRows | DatasetRows:
    """Return the rows that a request names: ids of files, or addresses of files in one dataset.

    raises  FineTuneRefused
    """
    if training.startswith("hf://"):
        return _rows_of_dataset(actor, training, validation)
    if validation.startswith("hf://"):
        raise FineTuneRefused(
            "Both files have to be uploaded, or both in a dataset.", param="validation_file"
        )
    found = _file(actor, training, "training_file")
    return UploadedRows(found, _file(actor, validation, "validation_file") if validation else None)


def _file(actor: Actor, file_id: str, param: str) -> File:
    try:
        file = file_for(actor, file_id)
    except UploadedFileNotFound:
        sentence = f"There is no file {file_id[:80]}."
        raise FineTuneRefused(sentence, param=param, reason="file_not_found") from None
    if file.purpose != Purpose.FINE_TUNE:
        sentence = f'The purpose of the file is "{file.purpose}", not "{Purpose.FINE_TUNE}".'
        raise FineTuneRefused(sentence, param=param, reason="invalid_file_format")
    return file


# uploaded files


def dataset_of_files(
    actor: Actor, namespace: Namespace, training: File, validation: File | None
) -> InputRepo:
    """Return the private dataset with these files as its splits; the same files give the same one.

    raises  OverQuota, Forbidden, TokenScope
    """
    key: dict[str, Any] = {
        "namespace": namespace,
        "training_sha256": training.sha256,
        "validation_sha256": validation.sha256 if validation else "",
    }
    if known := _known(actor, FileDataset.objects.filter(**key).first()):
        return known
    files = {"train.jsonl": training, **({"validation.jsonl": validation} if validation else {})}
    check_storage(namespace.pk, sum(file.size for file in files.values()))
    repo = _new_dataset(actor, namespace, files)
    commit = _commit_files(actor, repo.address, files)
    FileDataset.objects.update_or_create(**key, defaults={"repo_key": repo.pk, "commit": commit})
    return InputRepo(repo.address.id, commit, RepoKind.DATASET.value)


def _known(actor: Actor, row: FileDataset | None) -> InputRepo | None:
    """Return the dataset of a row if it is still there for the actor."""
    if row is None:
        return None
    repo = Repo.objects.select_related("namespace").filter(pk=row.repo_key, deleted_at=None).first()
    if repo is None or not may(actor, Need.READ, repo) or git_of(repo).find(row.commit) is None:
        return None
    return InputRepo(repo.address.id, row.commit, RepoKind.DATASET.value)


def _new_dataset(actor: Actor, namespace: Namespace, files: dict[str, File]) -> Repo:
    digest = config_hash({path: file.sha256 for path, file in files.items()})[:12]
    others = " and `validation.jsonl`" if len(files) > 1 else ""
    card = AddFile("README.md", CARD.format(others=others).encode())
    for name in (f"fine-tuning-data-{digest}", f"fine-tuning-data-{digest}-{secrets.token_hex(3)}"):
        address = Address(RepoKind.DATASET, namespace.name, name)
        try:
            return create_repo_with_files(actor=actor, address=address, files=[card], is_private=True).repo
        except NameTaken:
            continue
    raise FineTuneRefused("The dataset of the files could not be created. Try again.", param="training_file")


def _commit_files(actor: Actor, address: Address, files: dict[str, File]) -> str:
    with ExitStack() as stack:
        received = [_received(stack, path, file) for path, file in files.items()]
        done = upload_files(
            actor=actor, address=address, branch=BRANCH, files=received, message="Add the uploaded files"
        )
    return done.sha


def _received(stack: ExitStack, path: str, file: File) -> ReceivedFile:
    """Return a file as the commit takes it; what is not on this machine is fetched first."""
    source = content_of(file)
    place = source.local_file()
    if place is None:
        spool = stack.enter_context(NamedTemporaryFile(dir=spool_folder(file.size), prefix="rows-"))  # noqa: SIM115
        for block in source.open_range(0, file.size):
            spool.write(block)
        spool.flush()
        place = Path(spool.name)
    return ReceivedFile(path, place, file.size, file.sha256)


# files in datasets


def _rows_of_dataset(actor: Actor, training: str, validation: str) -> DatasetRows:
    repo, commit, path = _opened(actor, training, "training_file")
    subset, split, facts, columns = _split_of(repo, commit, path, "training_file")
    row_format = format_of_columns(columns)
    if row_format is None:
        sentence = f"The columns of the file are not those of training rows: {', '.join(columns)[:200]}."
        raise FineTuneRefused(sentence, param="training_file", reason="invalid_file_format")
    params: dict[str, Any] = {"train_split": split, "subset": subset}
    if validation:
        other, other_commit, other_path = _opened(actor, validation, "validation_file")
        if (other.pk, other_commit) != (repo.pk, commit):
            raise FineTuneRefused(
                "The validation file must be in the same dataset at the same revision.",
                param="validation_file",
            )
        params["validation_split"] = _split_of(repo, commit, other_path, "validation_file")[1]
    return DatasetRows(InputRepo(repo.address.id, commit, RepoKind.DATASET.value), facts, row_format, params)


def _opened(actor: Actor, address: str, param: str) -> tuple[Repo, str, str]:
    """Return repository, commit and path of an address (raises FineTuneRefused)."""
    found = ADDRESS.fullmatch(address)
    if found is None:
        sentence = "The address of a file is hf://datasets/owner/name@revision/path.jsonl."
        raise FineTuneRefused(sentence, param=param)
    try:
        repo = repo_for(actor, Address.of_kind(RepoKind.DATASET, found["name"]))
        return repo, git_of(repo).resolve(found["revision"] or "HEAD"), found["path"]
    except (Refusal, ValueError):
        sentence = f"There is no such file: {address[:200]}."
        raise FineTuneRefused(sentence, param=param, reason="file_not_found") from None


def _split_of(repo: Repo, commit: str, path: str, param: str) -> tuple[str, str, DatasetFacts, list[str]]:
    """Return subset, split, facts and columns of the split that is this one file (raises FineTuneRefused)."""
    git = git_of(repo)
    try:
        first = open_view(repo, git, commit, {}, count=1)
        match = next((one for one in first.splits if path in [file.path for file in one.files]), None)
        if match is None:
            raise FineTuneRefused(
                f"The dataset has no such data file: {path[:200]}.", param=param, reason="file_not_found"
            )
        if len(match.files) > 1:
            sentence = (
                f"The file is one of {len(match.files)} of the split {match.name}. Name a split's only file."
            )
            raise FineTuneRefused(sentence, param=param)
        view = open_view(repo, git, commit, {"subset": match.subset, "split": match.name}, count=8)
    except NotFound:
        raise FineTuneRefused(
            f"There is no such file: {path[:200]}.", param=param, reason="file_not_found"
        ) from None
    if view.problem:
        raise FineTuneRefused(view.problem, param=param, reason="invalid_file_format")
    facts = dataset_facts(view)
    return facts.subset, match.name, facts, [one.name for one in facts.columns]
