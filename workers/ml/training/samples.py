"""The log of an evaluation's samples, which the job keeps as a Parquet file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from apps.toolchain.contracts import SAMPLES_FILE

from ..context import RecipeContext

TEXT_LETTERS = 2_000
TEXTS_LIMIT_BYTES = 64 << 20
GROUP_ROWS = 20_000


def write_samples(
    context: RecipeContext,
    *,
    rows: np.ndarray,
    texts: Sequence[str],
    columns: Mapping[str, Any],
    metrics: Mapping[str, str | Mapping[str, str]],
) -> None:
    """Write one row per scored sample; the same samples give the same bytes.

    rows     numbers of the rows in the split (n,)
    texts    what the model read; the file has their beginnings, and hashes of the whole ones
    columns  further columns (n,), as arrays of Arrow or lists
    metrics  columns whose mean is a score, by its metric; or of a score that is a ratio of sums, such as
             {"sum": "nats", "by": "tokens", "of": "exp"}
    """
    letters = min(TEXT_LETTERS, TEXTS_LIMIT_BYTES // max(1, len(texts)))
    table = pa.table(
        {
            "row": pa.array(rows, pa.int64()),
            "text": pa.array((text[:letters] for text in texts), pa.large_string()),
            "text_sha256": pa.array(
                (hashlib.sha256(text.encode()).hexdigest() for text in texts), pa.string()
            ),
            **columns,
        }
    )
    table = table.replace_schema_metadata({"banyan.metrics": json.dumps(dict(metrics), sort_keys=True)})
    context.folder.artifacts.mkdir(exist_ok=True)
    pq.write_table(
        table, context.folder.artifacts / SAMPLES_FILE, compression="zstd", row_group_size=GROUP_ROWS
    )
