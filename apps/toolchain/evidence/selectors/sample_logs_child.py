"""Searches a log of samples, or compares two: an operation for `core/parquet/child.py`.

Standard library, numpy and pyarrow only: the child process loads this file by path. A log has one row per
scored sample, with at least `row` and `text_sha256`. Its metadata name the columns that hold a metric of
each sample, such as {"accuracy": "is_right"}, or of a ratio of sums, such as {"perplexity": {"sum": "nats",
"by": "tokens", "of": "exp"}}. Macro F1 is computed from label and prediction.
"""

from __future__ import annotations

import json
import math
from typing import Any

TEXT_LIMIT = 2_000
LABELS_LIMIT = 200
EXAMPLES = 20
RESAMPLES, SEED = 2_000, 1
CELLS_AT_ONCE = 2_000_000
BOOTSTRAP_ROWS = 20_000
LARGEST_EXPONENT = 700
# resampled values, which bounds the time
DRAWS_LIMIT = 40_000_000
MIN_SAMPLES = 30
Z = 1.959963984540054
LONG_COLUMNS = ("text", "answer", "reference", "prompt")
SHOWN = ("row", "text", "label", "predicted", "confidence", "is_right", "text_sha256")


def run(request: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    return compare(request, *files) if request["action"] == "compare" else search(request, files[0])


def metrics_of(file: Any) -> dict[str, tuple[str, ...]]:
    """Return the columns that hold a metric, by metric: one, or numerator and denominator with a function."""
    names = set(file.schema_arrow.names)
    found: dict[str, tuple[str, ...]] = {}
    for name, how in json.loads((file.schema_arrow.metadata or {}).get(b"banyan.metrics", b"{}")).items():
        columns = (str(how["sum"]), str(how["by"])) if isinstance(how, dict) else (str(how),)
        if names.issuperset(columns):
            found[str(name)] = (*columns, str(how.get("of", ""))) if isinstance(how, dict) else columns
    return found


def columns_of(file: Any) -> set[str]:
    """Return all columns that hold metrics."""
    return {column for how in metrics_of(file).values() for column in how[:2]}


# --- one log


def search(request: dict[str, Any], file: Any) -> dict[str, Any]:
    """Return a page of the samples that match.

    request  outcome ("", wrong or right), label, predicted, q (part of a text, in any case), sort (confident,
             unsure or row), first, count
    returns  rows as objects, numbers of samples and of those that match, counts by label and prediction
    """
    import pyarrow.compute as pc

    names = file.schema_arrow.names
    searched = [name for name in LONG_COLUMNS if name in names] if request["q"] else []
    small = [name for name in ("label", "predicted", "confidence", "is_right", *searched) if name in names]
    table = file.read(columns=small, use_threads=False)
    keep = matches(request, table, searched, pc)
    places = keep.nonzero()[0]
    order = order_of(request["sort"], table, places)
    chosen = places[order][request["first"] : request["first"] + request["count"]]
    return {
        "total": table.num_rows,
        "matching": len(places),
        "rows": rows_at(file, [int(place) for place in chosen]),
        "labels": values_of(table, "label", pc),
        "predictions": values_of(table, "predicted", pc),
    }


def matches(request: dict[str, Any], table: Any, searched: list[str], pc: Any) -> Any:
    """Return which samples match, (n,) bool."""
    import numpy as np

    keep = np.ones(table.num_rows, bool)
    if request["outcome"] and "is_right" in table.column_names:
        keep &= as_array(table["is_right"]).astype(bool) == (request["outcome"] == "right")
    for name in ("label", "predicted"):
        if request[name] and name in table.column_names:
            keep &= as_array(pc.equal(table[name], request[name])).astype(bool)
    if searched:
        found = np.zeros(table.num_rows, bool)
        for name in searched:
            part = pc.match_substring(table[name], request["q"], ignore_case=True)
            found |= as_array(pc.fill_null(part, False)).astype(bool)
        keep &= found
    return keep


def order_of(sort: str, table: Any, places: Any) -> Any:
    """Return the order of the matching samples; equal ones stay in the order of the log."""
    import numpy as np

    if sort == "row" or "confidence" not in table.column_names:
        return np.arange(len(places))
    confidence = as_array(table["confidence"])[places]
    return np.argsort(confidence if sort == "unsure" else -confidence, kind="stable")


def rows_at(file: Any, places: list[int]) -> list[dict[str, Any]]:
    """Return the rows at some places of the log, in that order; only their row groups are read."""
    names = [name for name in file.schema_arrow.names if name in (*SHOWN, *LONG_COLUMNS, "probabilities")]
    names += sorted(columns_of(file) - set(names))
    found: dict[int, dict[str, Any]] = {}
    start = 0
    for group in range(file.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        here = [place for place in places if start <= place < start + size]
        if here:
            part = file.read_row_group(group, columns=names, use_threads=False)
            rows = part.take([place - start for place in here]).to_pylist()
            found.update(
                zip(here, ({name: plain(value) for name, value in row.items()} for row in rows), strict=True)
            )
        start += size
    return [found[place] for place in places]


def values_of(table: Any, name: str, pc: Any) -> list[list[Any]]:
    """Return the values of a column with their counts, the most frequent first."""
    if name not in table.column_names:
        return []
    counted = [
        (one["values"], one["counts"]) for one in pc.value_counts(table[name].combine_chunks()).to_pylist()
    ]
    return [[plain(value), count] for value, count in sorted(counted, key=lambda one: -one[1])[:LABELS_LIMIT]]


def plain(value: Any) -> Any:
    """Return a JSON value, texts truncated for display."""
    if isinstance(value, str):
        return value if len(value) <= TEXT_LIMIT else value[:TEXT_LIMIT] + "…"
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, list):
        return [plain(one) for one in value[:LABELS_LIMIT]]
    return value if isinstance(value, bool | int | None) else str(value)[:TEXT_LIMIT]


def as_array(column: Any) -> Any:
    combined = column.combine_chunks() if hasattr(column, "combine_chunks") else column
    return combined.to_numpy(zero_copy_only=False)


# --- two logs


def compare(request: dict[str, Any], first: Any, second: Any) -> dict[str, Any]:
    """Return by how much the second differs from the first, on the samples that both have.

    request  metrics: names of the scores to compare
    returns  samples, changed (predictions that differ), differences by metric, examples of gained and lost
             samples
    """
    import numpy as np

    sides = [read_side(file) for file in (first, second)]
    left, right = common_places(sides)
    n = len(left)
    columns = [metrics_of(file) for file in (first, second)]
    random = np.random.default_rng(SEED)
    differences = {}
    for name in request["metrics"]:
        if name in columns[0] and name in columns[1]:
            before, after = (
                values_at(sides[0], columns[0][name], left),
                values_at(sides[1], columns[1][name], right),
            )
            how = columns[0][name]
            if len(before) == 1 == len(after):
                differences[name] = mean_difference(before[0], after[0], random)
            elif len(before) == len(after):
                differences[name] = ratio_difference(before, after, how[2], random)
        elif name == "macro_f1" and n and all("predicted" in side for side in sides):
            cells = joint_cells(sides[0], sides[1], left, right)
            differences[name] = f1_difference(*cells, random)
    return {
        "samples": n,
        "of": [len(side["row"]) for side in sides],
        "changed": count_changed(sides, left, right),
        "differences": {name: one for name, one in differences.items() if one},
        **examples((first, second), sides, left, right),
    }


def read_side(file: Any) -> dict[str, Any]:
    """Return the small columns of a log as arrays."""
    wanted = {"row", "text_sha256", "label", "predicted", "is_right", *columns_of(file)}
    table = file.read(columns=[name for name in file.schema_arrow.names if name in wanted], use_threads=False)
    return {name: as_array(table[name]) for name in table.column_names}


def common_places(sides: list[dict[str, Any]]) -> tuple[Any, Any]:
    """Return the places of the samples that both logs have: the same row with the same text."""
    import numpy as np

    _rows, left, right = np.intersect1d(sides[0]["row"], sides[1]["row"], return_indices=True)
    same = sides[0]["text_sha256"][left] == sides[1]["text_sha256"][right]
    if "label" in sides[0] and "label" in sides[1]:
        same &= sides[0]["label"][left] == sides[1]["label"][right]
    return left[same], right[same]


def values_at(side: dict[str, Any], how: tuple[str, ...], places: Any) -> list[Any]:
    """Return the columns of a metric at some places, as floats."""
    return [side[column][places].astype(float) for column in how[:2]]


def count_changed(sides: list[dict[str, Any]], left: Any, right: Any) -> int | None:
    """Return how many predictions differ, None if the logs have none."""
    if not all("predicted" in side for side in sides):
        return None
    return int((sides[0]["predicted"][left] != sides[1]["predicted"][right]).sum())


def mean_difference(before: Any, after: Any, random: Any) -> dict[str, Any]:
    """Return the difference of the means of paired values, with its interval.

    Of values 0 and 1 it is that of two shares (Bonett and Price 2012, Br. J. Math. Stat. Psychol. 65) with
    the counts for McNemar's test; of others a percentile bootstrap, or the normal interval of many samples.
    """
    import numpy as np

    is_known = np.isfinite(before) & np.isfinite(after)
    before, after = before[is_known], after[is_known]
    n = len(before)
    if not n:
        return {}
    change = after - before
    found: dict[str, Any] = {
        "before": float(before.mean()),
        "after": float(after.mean()),
        "value": float(change.mean()),
        "n": n,
    }
    if np.isin(before, (0, 1)).all() and np.isin(after, (0, 1)).all():
        gained, lost = int((change > 0).sum()), int((change < 0).sum())
        found |= {"gained": gained, "lost": lost, "method": "bonett_price"}
        return found | (bounds(*shares_interval(gained, lost, n)) if n >= MIN_SAMPLES else {})
    if n < MIN_SAMPLES:
        return found
    if n > BOOTSTRAP_ROWS:
        half = Z * float(change.std(ddof=1)) / math.sqrt(n)
        return found | {"method": "normal"} | bounds(found["value"] - half, found["value"] + half)
    step = max(1, CELLS_AT_ONCE // n)
    draws = np.concatenate(
        [
            change[random.integers(0, n, (min(step, RESAMPLES - start), n))].mean(axis=1)
            for start in range(0, RESAMPLES, step)
        ]
    )
    return found | {"method": "bootstrap"} | bounds(*np.quantile(draws, (0.025, 0.975)))


def ratio_difference(before: list[Any], after: list[Any], function: str, random: Any) -> dict[str, Any]:
    """Return the difference of ratios of sums, such as nats by tokens, with its paired bootstrap interval.

    before, after  numerators and denominators (n,)
    """
    import numpy as np

    parts = np.stack([*before, *after])
    parts = parts[:, np.isfinite(parts).all(axis=0)]
    n = parts.shape[1]
    if not n or not (parts[[1, 3]].sum(axis=1) > 0).all():
        return {}

    def transform(values: Any) -> Any:
        return np.exp(np.minimum(values, LARGEST_EXPONENT)) if function == "exp" else values

    def ratios(sums: Any) -> tuple[Any, Any]:
        return transform(sums[0] / sums[1]), transform(sums[2] / sums[3])

    old, new = (float(one) for one in ratios(parts.sum(axis=1)))
    found: dict[str, Any] = {"before": old, "after": new, "value": new - old, "n": n}
    if n < MIN_SAMPLES:
        return found
    step, draws = max(1, CELLS_AT_ONCE // n), []
    resamples = min(RESAMPLES, max(200, DRAWS_LIMIT // n))
    for start in range(0, resamples, step):
        drawn = random.integers(0, n, (min(step, resamples - start), n))
        old_draws, new_draws = ratios(np.stack([part[drawn].sum(axis=1) for part in parts]))
        draws.append(new_draws - old_draws)
    return found | {"method": "bootstrap"} | bounds(*np.quantile(np.concatenate(draws), (0.025, 0.975)))


def shares_interval(gained: int, lost: int, n: int) -> tuple[float, float]:
    """Return the interval of the difference of two paired shares (Bonett and Price 2012)."""
    up, down = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    half = Z * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
    return max(-1.0, up - down - half), min(1.0, up - down + half)


def bounds(low: float, high: float) -> dict[str, float]:
    return {"low": float(low), "high": float(high)}


def joint_cells(first: dict[str, Any], second: dict[str, Any], left: Any, right: Any) -> tuple[Any, Any]:
    """Return the distinct (truth, before, after) as class numbers (m, 3), and their counts (m,)."""
    import numpy as np

    parts = (first["label"][left], first["predicted"][left], second["predicted"][right])
    _names, numbers = np.unique(np.concatenate(parts).astype(str), return_inverse=True)
    return np.unique(numbers.reshape(3, -1).T, axis=0, return_counts=True)


def f1_difference(cells: Any, counts: Any, random: Any) -> dict[str, Any]:
    """Return the difference of macro F1 with its percentile bootstrap interval."""
    import numpy as np

    n = int(counts.sum())
    before, after = (float(macro_f1(cells, counts[None], side)[0]) for side in (1, 2))
    found: dict[str, Any] = {"before": before, "after": after, "value": after - before, "n": n}
    if n < MIN_SAMPLES:
        return found
    step, draws = max(1, CELLS_AT_ONCE // len(counts)), []
    for start in range(0, RESAMPLES, step):
        drawn = random.multinomial(n, counts / n, min(step, RESAMPLES - start))
        draws.append(macro_f1(cells, drawn, 2) - macro_f1(cells, drawn, 1))
    return found | {"method": "bootstrap"} | bounds(*np.quantile(np.concatenate(draws), (0.025, 0.975)))


def macro_f1(cells: Any, counts: Any, side: int) -> Any:
    """Return macro F1 over the classes that occur: (r, m) counts of the cells -> (r,). side: 1 or 2"""
    import numpy as np

    truth, predicted, classes = cells[:, 0], cells[:, side], int(cells.max()) + 1
    is_hit = truth == predicted
    total = np.zeros(len(counts))
    occurring = np.zeros(len(counts))
    for one in range(classes):
        hits = counts[:, is_hit & (truth == one)].sum(axis=1)
        counted = counts[:, truth == one].sum(axis=1) + counts[:, predicted == one].sum(axis=1)
        total += np.divide(2 * hits, counted, out=np.zeros(len(counts)), where=counted > 0)
        occurring += counted > 0
    return total / occurring


def examples(
    files: tuple[Any, Any], sides: list[dict[str, Any]], left: Any, right: Any
) -> dict[str, list[dict[str, Any]]]:
    """Return samples that only the second gets right, and only the first."""
    if not all("is_right" in side for side in sides):
        return {"gained": [], "lost": []}
    before, after = sides[0]["is_right"][left].astype(bool), sides[1]["is_right"][right].astype(bool)
    found: dict[str, list[dict[str, Any]]] = {}
    for name, which in (("gained", ~before & after), ("lost", before & ~after)):
        places = which.nonzero()[0][:EXAMPLES]
        old = rows_at(files[0], [int(place) for place in left[places]])
        new = rows_at(files[1], [int(place) for place in right[places]])
        found[name] = [
            {**b, "predicted_before": a.get("predicted", a.get("answer"))}
            for a, b in zip(old, new, strict=True)
        ]
    return found
