"""The report of a study: tables for the job's page and card, scores before and after, and lists of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from apps.toolchain.contracts import Metric, Note, NoteCode, Samples, Score, Table, View
from apps.toolchain.contracts.recipes.data_preparation import (
    CHARACTERS,
    EXAMPLES,
    IN_BENCHMARK,
    LEAKED,
    PERSONAL,
    REMOVAL_WORDS,
    REPEATED,
    ROWS,
    Leakage,
    Privacy,
    Removal,
    Word,
)

from .duplicates import Match, Place
from .parts import Part
from .profiles import ColumnProfile
from .study import Study

EXAMPLE_CHARACTERS = 300
LANGUAGES_SHOWN = 20
DIGITS = 6
REPETITIONS = pa.schema(
    [
        ("split", pa.string()),
        ("row", pa.int64()),
        ("reason", pa.string()),
        ("other_split", pa.string()),
        ("other_row", pa.int64()),
        ("similarity", pa.float64()),
    ]
)


def scores_before(study: Study) -> list[Score]:
    """Return the numbers of the dataset as it is."""
    found, compared = study.repetition, study.repetition.compared.total()
    values = {
        ROWS: study.rows,
        REPEATED: share(found.repeated.total(), compared),
        LEAKED: share(found.leaked.total(), compared),
        CHARACTERS: characters(study.columns, study.parts),
    }
    if study.has_benchmark:
        values[IN_BENCHMARK] = share(found.benchmark.total(), compared_with_benchmark(study))
    if study.texts.privacy != Privacy.IGNORE:
        values[PERSONAL] = study.texts.anonymizer.counts.total()
    return [score(metric, value, n=study.rows) for metric, value in values.items()]


def scores_after(study: Study, rows: int, columns: Sequence[ColumnProfile]) -> list[Score]:
    """Return the numbers of the prepared dataset, in which only what was to stay still repeats or leaks.

    rows     of all its splits
    columns  its columns
    """
    removed = removals(study.parts)
    found, plan = study.repetition, study.plan
    repeated = max(0, found.repeated.total() - removed[Removal.SAME] - removed[Removal.SIMILAR])
    leaked = 0 if plan.joined or plan.leakage == Leakage.REMOVE else found.leaked.total()
    values = {
        ROWS: rows,
        REPEATED: share(min(repeated, rows), rows),
        LEAKED: share(min(leaked, rows), rows),
        CHARACTERS: characters(columns, study.parts),
    }
    if study.has_benchmark:
        left = 0 if plan.leakage == Leakage.REMOVE else found.benchmark.total()
        values[IN_BENCHMARK] = share(min(left, rows), rows)
    if study.texts.privacy != Privacy.IGNORE:
        values[PERSONAL] = personal_left(study)
    return [score(metric, value, n=rows) for metric, value in values.items()]


def score(metric: Metric, value: float, *, n: int) -> Score:
    return Score(
        metric.name,
        round(float(value), DIGITS),
        n=n,
        unit=metric.unit.value,
        higher_is_better=metric.higher_is_better,
    )


def share(count: int, total: int) -> float:
    return count / total if total else 0.0


def compared_with_benchmark(study: Study) -> int:
    return sum(len(part.rows) for part in study.parts)


def personal_left(study: Study) -> int:
    """Return the number of places with personal data in the rows that are kept."""
    if study.texts.replaces:
        return 0
    return int(sum(part.personal[part.kept].sum() for part in study.parts))


def characters(columns: Iterable[ColumnProfile], parts: Sequence[Part]) -> int:
    """Return the characters of the columns with the texts."""
    names = {name for part in parts for name in part.columns}
    return sum(one.characters for one in columns if one.name in names)


def removals(parts: Iterable[Part]) -> Counter[Removal]:
    return sum((part.counts() for part in parts), Counter[Removal]())


def notes_of(study: Study) -> list[Note]:
    """Return what a reader should know of the dataset that stays."""
    found, notes = study.repetition, []
    if study.plan.leakage == Leakage.REPORT and not study.plan.joined:
        for (split, other), count in found.leaked.items():
            values = {"count": count, "total": found.compared[split], "split": split, "other": other}
            notes.append(Note(NoteCode.LEAKED, values))
    if study.plan.leakage == Leakage.REPORT:
        for split, count in found.benchmark.items():
            notes.append(Note(NoteCode.IN_BENCHMARK, {"count": count, "split": split}))
    if found.conflicts and not study.plan.removes_conflicts:
        notes.append(Note(NoteCode.CONFLICTING_LABELS, {"count": found.conflicts}))
    if left := personal_left(study) if study.texts.privacy == Privacy.REPORT else 0:
        notes.append(Note(NoteCode.PERSONAL_DATA, {"count": left}))
    return notes


def split_table(parts: Sequence[Part], *, kept: Mapping[str, int] | None = None) -> Table:
    """Return the rows of each split before, what was removed and why, and those of the same split after.

    kept  rows of the new splits, None if the dataset's own were kept
    """
    total = removals(parts)
    reasons = [one for one in Removal if total[one]]
    rows = []
    for part in parts:
        counts = part.counts()
        after = () if kept is not None else (part.before - counts.total(),)
        rows.append((part.name, part.before, *(counts[one] for one in reasons), *after))
    head = (Word.SPLIT, Word.ROWS_BEFORE, *(REMOVAL_WORDS[one] for one in reasons))
    return Table(Word.ROWS, (*head, *(() if kept is not None else (Word.ROWS_AFTER,))), tuple(rows))


def new_split_table(kept: Mapping[str, int]) -> Table:
    return Table(Word.NEW_SPLITS, (Word.SPLIT, Word.ROWS), tuple(kept.items()))


def found_table(parts: Sequence[Part], study: Study) -> Table:
    """Return what was found in each split, in which nothing was removed."""
    found = study.repetition
    leaks: Counter[str] = Counter()
    for (split, _other), count in found.leaked.items():
        leaks[split] += count
    head = [Word.SPLIT, Word.ROWS, Word.REPEATED_TEXTS, Word.ALSO_IN_ANOTHER_SPLIT]
    rows = [[part.name, part.before, found.repeated[part.name], leaks[part.name]] for part in parts]
    if study.has_benchmark:
        head.append(Word.IN_THE_BENCHMARK)
        rows = [[*row, found.benchmark[str(row[0])]] for row in rows]
    return Table(Word.ROWS, tuple(head), tuple(map(tuple, rows)))


def column_table(title: str, columns: Iterable[ColumnProfile]) -> Table:
    head = (
        Word.COLUMN,
        Word.TYPE,
        Word.MISSING,
        Word.DIFFERENT_VALUES,
        Word.SHORTEST_OR_LEAST,
        Word.MEAN,
        Word.LONGEST_OR_LARGEST,
        Word.MOST_FREQUENT,
    )
    rows = tuple(
        (
            one.name,
            one.kind,
            one.missing,
            one.distinct,
            one.shortest,
            one.mean,
            one.longest,
            ", ".join(f"{value} ({times})" for value, times in one.frequent),
        )
        for one in columns
    )
    return Table(title, head, rows)


def further_tables(study: Study) -> list[Table]:
    """Return tables of leaks, languages and personal data, as far as there are any."""
    leaks = tuple((*names, count) for names, count in sorted(study.repetition.leaked.items()))
    languages = tuple(study.languages.most_common(LANGUAGES_SHOWN))
    personal = tuple((one.value, count) for one, count in study.texts.anonymizer.counts.most_common())
    tables = [
        Table(Word.TEXTS_IN_TWO_SPLITS, (Word.SPLIT, Word.OTHER_SPLIT, Word.ROWS), leaks),
        Table(Word.LANGUAGES_OF_A_SAMPLE, (Word.LANGUAGE, Word.ROWS), languages),
        Table(Word.PERSONAL_DATA, (Word.KIND, Word.PLACES), personal),
    ]
    return [table for table in tables if table.rows]


def repeated_samples(study: Study, count: int) -> list[Samples]:
    """Return the beginnings of the texts that are repeated most often."""
    most = sorted(study.repetition.copies.items(), key=lambda one: (-one[1], one[0]))[:count]
    rows = tuple(
        (
            1 + times,
            study.parts[place.part].name,
            study.parts[place.part].text_at(place.row)[:EXAMPLE_CHARACTERS],
        )
        for place, times in most
    )
    return (
        [Samples(Word.TEXTS_WITH_MOST_REPETITIONS, (Word.TIMES, Word.SPLIT, Word.TEXT), rows)] if rows else []
    )


def views_of(study: Study, tables: Sequence[View], *, examples: int = EXAMPLES.default) -> list[View]:
    """Return tables, those of what was found, and some of the texts with most repetitions."""
    return [*tables, *further_tables(study), *repeated_samples(study, examples)]


def write_removed_rows(parts: Iterable[Part], file: Path) -> None:
    """Write the rows that were removed, with why and what each repeats; without their texts."""
    rows = [
        {
            "split": part.name,
            "row": row,
            "reason": reason.value,
            "other_split": origin.part if origin else None,
            "other_row": origin.row if origin else None,
            "similarity": origin.similarity if origin else None,
        }
        for part in parts
        for row, (reason, origin) in sorted(part.removed.items())
    ]
    write_rows(rows, file)


def write_repeated_rows(study: Study, file: Path) -> None:
    """Write the rows that repeat others, without their texts."""

    def row_of(place: Place, match: Match) -> dict[str, Any]:
        part, origin = study.parts[place.part], study.parts[match.place.part]
        reason = Removal.SAME if match.is_same else Removal.SIMILAR
        return {
            "split": part.name,
            "row": int(part.numbers[place.row]),
            "reason": (reason if part is origin else Removal.LEAKED).value,
            "other_split": origin.name,
            "other_row": int(origin.numbers[match.place.row]),
            "similarity": round(match.similarity, 4),
        }

    write_rows([row_of(place, match) for place, match in sorted(study.repetition.origins.items())], file)


def write_rows(rows: Sequence[Mapping[str, Any]], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], REPETITIONS), file)
