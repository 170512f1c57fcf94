"""Bare git repositories: a library over libgit2 and git, without models."""

from .changes import AddBlob, AddFile, AddLarge, Change, Copy, Delete, DeleteFolder
from .errors import (
    BadPack,
    BadPath,
    BadRefName,
    EntryNotFound,
    FolderTooLarge,
    RefExists,
    RefMoved,
    RefProtected,
    RepositoryMissing,
    RevisionNotFound,
    TooManyFiles,
    TooSlow,
)
from .repo import GitRepo
from .store import GitStore
from .values import CommitInfo, Entry, LfsPointer, Ref, RefMove, Refs, Signature

__all__ = [
    "AddBlob",
    "AddFile",
    "AddLarge",
    "BadPack",
    "BadPath",
    "BadRefName",
    "Change",
    "CommitInfo",
    "Copy",
    "Delete",
    "DeleteFolder",
    "Entry",
    "EntryNotFound",
    "FolderTooLarge",
    "GitRepo",
    "GitStore",
    "LfsPointer",
    "Ref",
    "RefExists",
    "RefMove",
    "RefMoved",
    "RefProtected",
    "Refs",
    "RepositoryMissing",
    "RevisionNotFound",
    "Signature",
    "TooManyFiles",
    "TooSlow",
]
