"""File pages: blame, links, notebooks, GGUF, and hostile content."""

from __future__ import annotations

import base64
import json
import re
import struct

import pytest

from apps.registry.repos.cards import BadGguf, LongList, read_gguf
from apps.registry.repos.previews import blame
from apps.registry.repos.previews.notebook import read_notebook
from apps.registry.repos.previews.source import Unreadable
from apps.registry.repos.selectors import git_of
from tests.api.test_pages_history import words
from tests.api.test_pages_open import opened
from tests.history_made import a_history, a_picture
from tests.makers import a_repo
from tests.pages import has_id
from tests.seed import committed, committed_large

HOME = "/owner/grown"


@pytest.fixture
def grown(cast):
    return a_history(cast.owner)


# --- blame


def test_each_line_names_the_commit_that_wrote_it(client, grown):
    runs, count = blame.blame_of(
        git_of(grown), grown.head, git_of(grown).entry(grown.head, "train.py"), first=1
    )

    written = {number: run.commit.title for run in runs for number, _ in run.lines}
    lines = git_of(grown).read_file(grown.head, "train.py").decode().splitlines()
    assert count == len(lines) == len(written)
    assert written[lines.index("BATCH = 32") + 1] == "Train longer, at a lower rate"
    assert written[1] == "Publish the model"
    assert written[count] == "Say where it ends"
    assert runs[-1].origin.before[1] == "train.py"


def test_the_page_leads_to_the_commits_and_to_what_was_before(client, grown):
    page = opened(client, f"{HOME}/blame/main/train.py")

    assert "Train longer, at a lower rate" in page
    assert 'class="before"' in page
    assert 'id="L1"' in page
    assert re.search(rf'href="{HOME}/blame/{grown.head}/train.py"\s+data-permalink', page)


def test_a_long_file_is_blamed_in_pages(client, grown, monkeypatch):
    monkeypatch.setattr(blame, "PAGE_LINES", 300)
    monkeypatch.setattr("apps.registry.repos.views.files.PAGE_LINES", 300)

    first, last = (
        opened(client, f"{HOME}/blame/main/vocab.txt"),
        opened(client, f"{HOME}/blame/main/vocab.txt?line=601"),
    )

    assert "token299" in first
    assert "token300" not in first
    assert "token899" in last
    assert 'rel="next"' not in last
    opened(client, f"{HOME}/blame/main/vocab.txt?line=99999")


@pytest.mark.parametrize("path", ["model.safetensors", "latest", "notes", "nothing", "plot.png"])
def test_only_text_is_blamed(client, grown, path):
    assert client.get(f"{HOME}/blame/main/{path}").status_code == 404


def test_odd_names_and_line_ends_are_blamed_too(client, cast):
    repo = committed(
        cast.owner, a_repo(cast.owner, "odd"), {'a "b" %é.txt': "one\r\ntwo\rthree\r\nfour", "empty.txt": ""}
    )

    assert "four" in opened(client, "/owner/odd/blame/main/a%20%22b%22%20%25%C3%A9.txt")
    assert 'id="L1"' not in opened(client, "/owner/odd/blame/main/empty.txt")
    assert repo.head


# --- links


def test_a_permanent_link_names_the_commit(client, grown):
    page = opened(client, f"{HOME}/blob/main/train.py")

    assert re.search(rf'href="{HOME}/blob/{grown.head}/train.py"\s+data-permalink', page)
    assert f'href="{HOME}/blame/main/train.py"' in page


def test_a_symbolic_link_says_where_it_points(client, grown):
    page = opened(client, f"{HOME}/blob/main/latest")

    assert f'href="{HOME}/blob/main/model.safetensors"' in page


def test_submodules_stand_in_the_list_as_what_they_are(client, grown):
    assert "vendor @ 1111111" in words(opened(client, f"{HOME}/tree/main"))


# --- notebooks


def test_a_notebook_is_shown_with_its_outputs(client, grown):
    page = opened(client, f"{HOME}/blob/main/explore.ipynb")

    assert '<span class="kn">import</span>' in page
    assert "<td>0.87</td>" in page
    assert "ZeroDivisionError: division by zero" in page
    assert 'src="data:image/png;base64,' in page
    assert "?as=text" in page


@pytest.mark.parametrize(
    "output",
    [
        {
            "data": {
                "text/html": "<img src=x onerror=alert(1)><script>alert(2)</script><a href='javascript:alert(3)'>x</a>"
            }
        },
        {"data": {"image/png": '"><script>alert(1)</script>'}},
        {"data": {"text/markdown": "<script>alert(1)</script>[x](javascript:alert(2))"}},
        {"data": {"text/plain": ["<script>alert(1)</script>"]}},
        {
            "data": {
                "text/html": "<img src='https://example.org/pixel.png'><iframe src='/'></iframe><style>*{}</style>"
            }
        },
        {
            "output_type": "error",
            "ename": "<b>",
            "evalue": "</pre><script>alert(1)</script>",
            "traceback": [],
        },
    ],
)
def test_what_a_hostile_notebook_holds_does_not_run(client, cast, output):
    cell = {
        "cell_type": "code",
        "source": "</code><script>alert(0)</script>",
        "outputs": [{"output_type": "display_data", **output}],
    }
    committed(
        cast.owner, a_repo(cast.owner, "hostile"), {"a.ipynb": json.dumps({"cells": [cell], "nbformat": 4})}
    )

    page = opened(client, "/owner/hostile/blob/main/a.ipynb")

    body = page[page.index('class="notebook"') : page.index("</main>")]
    for word in ("<script", "onerror", 'href="javascript:', "example.org", "<iframe", "<style"):
        assert word not in body


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": 1}', "nul", "[" * 5000, '{"worksheets": []}'])
def test_what_is_no_notebook_is_told_so(client, cast, text):
    committed(cast.owner, a_repo(cast.owner, "odd"), {"a.ipynb": text})

    with pytest.raises(Unreadable):
        read_notebook(text.encode())
    assert has_id(opened(client, "/owner/odd/blob/main/a.ipynb"), "not-shown")


def test_odd_cells_are_shown_as_far_as_they_go():
    cells = [
        1,
        None,
        {},
        {
            "cell_type": "code",
            "source": ["a", 1],
            "outputs": [1, {"data": []}, {"output_type": "stream", "text": "\x1b[31mred"}],
        },
    ]
    big = {
        "cell_type": "code",
        "source": "x",
        "outputs": [{"data": {"image/png": "A" * (5 << 20), "text/plain": "a figure"}}],
    }

    found = read_notebook(json.dumps({"cells": [*cells, big]}).encode()).cells

    assert [cell.kind for cell in found] == ["raw", "code", "code"]
    assert [output.text for output in found[1].outputs] == ["red"]
    assert [output.text for output in found[2].outputs] == ["a figure"]


def test_a_picture_of_a_notebook_is_its_own_bytes(client, cast):
    data = base64.b64encode(a_picture(1)).decode()
    cell = {
        "cell_type": "code",
        "source": "",
        "outputs": [{"data": {"image/png": [data[:40] + "\n", data[40:]]}}],
    }
    committed(cast.owner, a_repo(cast.owner, "drawn"), {"a.ipynb": json.dumps({"cells": [cell]})})

    assert data in opened(client, "/owner/drawn/blob/main/a.ipynb")


# --- GGUF


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def a_gguf(
    tensors: int | None = None, pairs: int | None = None, *, offset: int = 0, sides: int = 2, length: int = 20
) -> bytes:
    """Return a GGUF file of two tensors, with counts that may be wrong."""
    metadata = [
        text("general.architecture") + struct.pack("<I", 8) + text("llama"),
        text("llama.context_length") + struct.pack("<II", 4, 4096),
        text("tokenizer.ggml.tokens")
        + struct.pack("<IIQ", 9, 8, length)
        + b"".join(text(f"word{n}") for n in range(20)),
        text("tokenizer.ggml.scores") + struct.pack("<IIQ", 9, 6, 20) + bytes(80),
    ]
    infos = [
        text("blk.0.weight")
        + struct.pack("<I", sides)
        + struct.pack("<QQ", 64, 8)
        + struct.pack("<IQ", 12, offset),
        text("norm.weight") + struct.pack("<I", 1) + struct.pack("<Q", 64) + struct.pack("<IQ", 0, 0),
    ]
    head = b"GGUF" + struct.pack(
        "<IQQ", 3, len(infos) if tensors is None else tensors, len(metadata) if pairs is None else pairs
    )
    return head + b"".join(metadata) + b"".join(infos) + bytes(1024)


def read(data: bytes):
    return read_gguf(lambda start, end: data[start:end], len(data))


def test_a_header_tells_tensors_metadata_and_sums():
    found = read(a_gguf())

    assert [(one.name, one.dtype, one.shape) for one in found.tensors] == [
        ("blk.0.weight", "Q4_K", (8, 64)),
        ("norm.weight", "F32", (64,)),
    ]
    assert found.by_dtype == {"Q4_K": 512, "F32": 64}
    assert found.metadata["llama.context_length"] == 4096
    assert found.metadata["tokenizer.ggml.tokens"] == LongList(tuple(f"word{n}" for n in range(8)), 20)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GGUF",
        b"GGML" + a_gguf()[4:],
        b"GGUF" + struct.pack("<I", 9) + a_gguf()[8:],
        a_gguf(tensors=1 << 60),
        a_gguf(pairs=1 << 60),
        a_gguf(pairs=9),
        a_gguf(offset=1 << 40),
        a_gguf(sides=1 << 31),
        a_gguf(length=1 << 62),
        a_gguf()[:90],
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 63),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 9, 1),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<I", 77),
    ],
)
def test_a_header_that_lies_is_refused(data):
    with pytest.raises(BadGguf):
        read(data)


def test_the_page_of_a_gguf_file_lists_its_tensors(client, cast):
    committed_large(cast.owner, a_repo(cast.owner, "packed"), "model.gguf", a_gguf())

    page = opened(client, "/owner/packed/blob/main/model.gguf")

    assert "blk.0.weight" in page
    assert "Q4_K" in page
    assert "4096" in page
    assert "word0, word1" in page


def test_a_broken_gguf_file_says_what_is_wrong(client, cast):
    committed_large(cast.owner, a_repo(cast.owner, "packed"), "model.gguf", a_gguf()[:90])

    assert has_id(opened(client, "/owner/packed/blob/main/model.gguf"), "not-shown")
