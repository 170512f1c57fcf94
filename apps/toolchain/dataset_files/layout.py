"""Subsets and splits of a dataset repository, by its card and the paths of its data files.

The rules are those of the `datasets` library for repositories without a loading script, so that viewer,
forms and workers agree with it. They work on paths alone; nothing is opened.
source  datasets 5.2: data_files.py, load.py, utils/metadata.py
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from glob import has_magic
from pathlib import PurePosixPath
from typing import Any

from apps.toolchain.contracts.messages import format_message
from apps.toolchain.contracts.params import gettext_noop as _

from .globs import Files, TooManyComparisons

DEFAULT = "default"
# suffix of a data file -> the library's reader
READERS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
}
# of equally frequent suffixes, the first of these counts
PREFERRED = (".parquet", ".jsonl", ".json", ".csv")
IGNORED_NAMES = {"config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json"}
KEYWORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}
SEPARATOR = "[-._ 0-9]"
# what a folder is called, and how a file name begins, by keyword; files are read in this order
FOLDER_FORMS = ("{word}", "{word}{separator}.*", ".*{separator}{word}", ".*{separator}{word}{separator}.*")
NAME_FORMS = ("{word}{separator}.*", ".*{separator}{word}{separator}.*")
SHARD = re.compile(r"data/([^/]+)-[0-9]{5}-of-[0-9]{5}[^/]*\.[^/]*")
SPLIT_NAME = re.compile(r"\w+(\.\w+)*")
CONFIGS_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Subset:
    """A configuration of a dataset.

    splits   name -> paths of its files, in the order in which they are read
    suffix   of most files; only files with the same reader belong to the splits
    options  the card's entry
    problem  why it cannot be read; then there are no splits
    """

    name: str
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    suffix: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def reader(self) -> str:
        return READERS.get(self.suffix, "")


class LayoutError(ValueError):
    """A card that does not describe its files; the message may be translated."""


def is_data_file(path: str) -> bool:
    """Return whether jobs and viewer read a file; readers take "::" in a name for an address."""
    return suffix_of(path) in READERS and "::" not in path and ".cache" not in path.split("/")


def suffix_of(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def subsets_of(paths: Iterable[str], card: Mapping[str, Any]) -> dict[str, Subset]:
    """Return the subsets of a dataset by name, in the card's order.

    paths   all files of the repository; those that are no data files are ignored
    card    front matter of the dataset card
    raises  LayoutError if the card's `configs` are invalid
    """
    files = Files(sorted(path for path in paths if is_data_file(path)))
    return {name: _subset(name, options, files) for name, options in configs_of(card).items()}


def configs_of(card: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the card's configurations by name, or one empty default configuration.

    raises  LayoutError
    """
    configs = card.get("configs")
    if configs is None:
        return {DEFAULT: {}}
    if not isinstance(configs, list) or not configs or not all(isinstance(one, dict) for one in configs):
        raise LayoutError(_("The dataset card is invalid: configs must be a list of configurations."))
    if len(configs) > CONFIGS_LIMIT:
        raise LayoutError(_("The dataset card is invalid: it has too many configurations."))
    named = {str(one.get("config_name", DEFAULT)): dict(one) for one in configs}
    if len(named) != len(configs):
        raise LayoutError(_("The dataset card is invalid: two configurations have the same name."))
    return named


def default_subset(subsets: Mapping[str, Subset]) -> str | None:
    """Return the subset that is read if none is named; None if one has to be named.

    raises  LayoutError if there are several
    """
    defaults = [
        name
        for name, one in subsets.items()
        if name == DEFAULT or one.options.get("default") or len(subsets) == 1
    ]
    if len(defaults) > 1:
        raise LayoutError(_("The dataset card is invalid: it has several default configurations."))
    return defaults[0] if defaults else None


def _subset(name: str, options: dict[str, Any], files: Files) -> Subset:
    try:
        splits = _splits(options, files)
    except LayoutError as error:
        return Subset(name, options=options, problem=error.args[0])
    suffix = _suffix(splits.values())
    readable = {split: tuple(_with_reader_of(suffix, chosen)) for split, chosen in splits.items()}
    return Subset(name, {split: chosen for split, chosen in readable.items() if chosen}, suffix, options)


def _splits(options: Mapping[str, Any], files: Files) -> dict[str, list[str]]:
    """Return the files of each split, as named by the card or else inferred from their paths.

    raises  LayoutError
    """
    folder = relative_path(options["data_dir"], "data_dir") if options.get("data_dir") else ""
    base = "" if folder == "." else folder
    named = options.get("data_files")
    patterns = _named_patterns(named) if named else None
    try:
        found = _inferred(base, files.below(base)) if patterns is None else _matched(patterns, base, files)
    except TooManyComparisons:
        raise LayoutError(
            _("The card's configurations have too many patterns or folders for this many files.")
        ) from None
    if not found and not files.paths:
        raise LayoutError(_("The dataset has no CSV, JSON Lines or Parquet file."))
    if not found:
        raise LayoutError(
            _("The dataset has no CSV, JSON Lines or Parquet files in the places that its card names.")
        )
    return found


def _named_patterns(named: object) -> dict[str, list[object]]:
    """Return the patterns of each split of the card's `data_files`.

    named   a pattern, a list of patterns, a list of {split, path}, or a mapping of splits
    raises  LayoutError
    """
    if isinstance(named, list) and any(isinstance(one, Mapping) for one in named):
        if not all(isinstance(one, Mapping) and set(one) == {"split", "path"} for one in named):
            raise LayoutError(
                _("The dataset card is invalid: each entry of data_files needs a split and a path.")
            )
        splits = [(one["split"], one["path"]) for one in named]
    elif isinstance(named, Mapping):
        splits = list(named.items())
    else:
        splits = [("train", named)]
    if len({str(split) for split, _path in splits}) != len(splits):
        raise LayoutError(_("The dataset card is invalid: a split is named twice."))
    for split, _path in splits:
        _check_split_name(str(split))
    return {str(split): path if isinstance(path, list) else [path] for split, path in splits}


def _check_split_name(name: str) -> None:
    if not SPLIT_NAME.fullmatch(name):
        words = _("%(name)s cannot name a split: use letters, digits, underscores and dots.")
        raise LayoutError(format_message(words, name=repr(name[:80])))


def _matched(patterns: Mapping[str, Sequence[object]], base: str, files: Files) -> dict[str, list[str]]:
    """Return the files of each split, each once; a path has to exist, and a split has to have files.

    raises  LayoutError
    """
    found: dict[str, list[str]] = {}
    for split, wanted in patterns.items():
        chosen: dict[str, None] = {}
        for pattern in wanted:
            path = str(PurePosixPath(base, relative_path(pattern, "data_files")))
            matching = _matching(files, path)
            if not matching and not has_magic(path):
                raise _no_match([pattern])
            chosen |= dict.fromkeys(matching)
        if not chosen:
            raise _no_match(wanted)
        found[split] = list(chosen)
    return found


def _no_match(patterns: Sequence[object]) -> LayoutError:
    words = _("The card's data_files %(path)s match no CSV, JSON Lines or Parquet file of the dataset.")
    return LayoutError(format_message(words, path=", ".join(repr(str(one)) for one in patterns)[:200]))


def relative_path(value: object, name: str) -> str:
    """Return a path or pattern that stays inside the repository.

    name    the field of the card
    raises  LayoutError for absolute paths, parent folders, addresses and values that are not strings
    """
    if not isinstance(value, str):
        raise LayoutError(
            format_message(_("The dataset card is invalid: %(name)s must be a string."), name=name)
        )
    is_absolute = value.startswith(("/", "~"))
    is_address = any(part in value for part in ("::", ":/", "\\", "\0"))
    if is_absolute or is_address or ".." in PurePosixPath(value).parts or not value.strip():
        words = _("The card sets %(name)s to %(value)s. Only relative paths within the repository are read.")
        raise LayoutError(format_message(words, name=name, value=repr(value[:200])))
    return str(PurePosixPath(value))


def _matching(files: Files, pattern: str) -> list[str]:
    """Return the files that match a pattern; metadata has to be named.

    raises  LayoutError
    """
    ignored = IGNORED_NAMES - {pattern.rpartition("/")[2]}
    try:
        return [path for path in files.matching(pattern) if path.rpartition("/")[2] not in ignored]
    except ValueError:
        words = _("The card's data_files %(path)s are invalid: ** must stand alone between slashes.")
        raise LayoutError(format_message(words, path=repr(pattern[:200]))) from None


def _inferred(folder: str, paths: Iterable[str]) -> dict[str, list[str]]:
    """Infer splits from the paths below a folder: shards in `data/`, else keywords in folders, else in names.

    raises  LayoutError if a shard's split is not a valid name
    """
    start = len(folder) + 1 if folder else 0
    inner = {path: path[start:] for path in paths if _is_plain(path[start:])}
    for rule in (_shards, _in_folders, _in_names):
        if found := rule(inner):
            return found
    return {"train": list(inner)} if inner else {}


def _is_plain(path: str) -> bool:
    """Return whether a path is neither hidden nor special nor a file of metadata."""
    *folders, name = path.split("/")
    is_special = any(one.startswith((".", "__")) for one in folders) or name.startswith(".")
    return not is_special and name not in IGNORED_NAMES


def _shards(inner: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path, name in inner.items():
        if shard := SHARD.fullmatch(name):
            found.setdefault(shard[1], []).append(path)
    for split in found:
        _check_split_name(split)
    order = [*(one for one in KEYWORDS if one in found), *sorted(found.keys() - KEYWORDS.keys())]
    return {split: found[split] for split in order}


def _in_folders(inner: Mapping[str, str]) -> dict[str, list[str]]:
    return _by_keyword(inner, FOLDER_FORMS, lambda path: path.split("/")[:-1])


def _in_names(inner: Mapping[str, str]) -> dict[str, list[str]]:
    return _by_keyword(inner, NAME_FORMS, lambda path: path.split("/")[-1:])


def _by_keyword(
    inner: Mapping[str, str], forms: Sequence[str], parts_of: Callable[[str], list[str]]
) -> dict[str, list[str]]:
    """Return the paths of which a part has the form of a split's keyword, ordered by the first such form."""
    found = {}
    for split, words in KEYWORDS.items():
        texts = [form.format(word=word, separator=SEPARATOR) for word in words for form in forms]
        regexes = [
            re.compile(text, re.DOTALL) for text in ("|".join(f"(?:{text})" for text in texts), *texts)
        ]
        ranked = [(_first_match(regexes, parts_of(name)), path) for path, name in inner.items()]
        found[split] = [path for rank, path in sorted(ranked) if rank]
    return {split: paths for split, paths in found.items() if paths}


def _first_match(regexes: Sequence[re.Pattern[str]], parts: Sequence[str]) -> int:
    """Return the place of the first expression that matches a part; 0 if the one at 0, of all, does not."""
    if not any(map(regexes[0].fullmatch, parts)):
        return 0
    return next(place for place, one in enumerate(regexes[1:], 1) if any(map(one.fullmatch, parts)))


def _suffix(splits: Iterable[Sequence[str]]) -> str:
    """Return the suffix of most files, as for each split if they agree."""
    chosen = [_commonest(paths) for paths in splits]
    return chosen[0] if len(set(chosen)) == 1 else _commonest([path for paths in splits for path in paths])


def _commonest(paths: Iterable[str]) -> str:
    counts = Counter(suffix for path in paths for suffix in _suffixes(path))

    def rank(suffix: str) -> tuple[int, int, str]:
        preference = PREFERRED[::-1].index(suffix) if suffix in PREFERRED else -1
        return counts[suffix], preference, suffix

    return max(counts, key=rank)


def _suffixes(path: str) -> list[str]:
    """Return the suffixes of a name that have a reader: `rows.csv.json` has two."""
    return [suffix for suffix in PurePosixPath(path.lower()).suffixes if suffix in READERS]


def _with_reader_of(suffix: str, paths: Iterable[str]) -> list[str]:
    reader = READERS[suffix]
    return [path for path in paths if any(READERS[one] == reader for one in _suffixes(path))]
