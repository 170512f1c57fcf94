"""File pages: blame, links, notebooks, GGUF, and hostile content."""

from __future__ import annotations

import base64
import json
import re
import struct

import pytest

from apps.registry.contents.previews import blame
from apps.registry.formats.gguf import BadGguf, LongList, read_gguf
from apps.registry.formats.notebook import read_notebook
from apps.registry.formats.source import Unreadable
from apps.registry.repos.selectors import git_of
from tests.api.test_pages_history import words
from tests.api.test_pages_open import open_page
from tests.history_samples import a_history, an_image
from tests.makers import a_repo
from tests.pages import has_id
from tests.seed import commit_files, commit_large_file

HOME = "/owner/grown"


@pytest.fixture
def history(cast):
    return a_history(cast.owner)


# --- blame


def test_each_line_names_the_commit_that_wrote_it(client, history):
    runs, count = blame.blame_of(
        git_of(history), history.head, git_of(history).entry(history.head, "train.py"), first=1
    )

    written = {number: run.commit.title for run in runs for number, _ in run.lines}
    lines = git_of(history).read_file(history.head, "train.py").decode().splitlines()
    assert count == len(lines) == len(written)
    assert written[lines.index("BATCH = 32") + 1] == "Train longer, at a lower rate"
    assert written[1] == "Publish the model"
    assert written[count] == "Say where it ends"
    assert runs[-1].origin.before[1] == "train.py"


def test_the_page_leads_to_the_commits_and_to_what_was_before(client, history):
    page = open_page(client, f"{HOME}/blame/main/train.py")

    assert "Train longer, at a lower rate" in page
    assert 'class="before"' in page
    assert 'id="L1"' in page
    assert re.search(rf'href="{HOME}/blame/{history.head}/train.py"\s+data-permalink', page)


def test_a_long_file_is_blamed_in_pages(client, history, monkeypatch):
    monkeypatch.setattr(blame, "PAGE_LINES", 300)
    monkeypatch.setattr("apps.registry.contents.views.files.PAGE_LINES", 300)

    first, last = (
        open_page(client, f"{HOME}/blame/main/vocab.txt"),
        open_page(client, f"{HOME}/blame/main/vocab.txt?line=601"),
    )

    assert "token299" in first
    assert "token300" not in first
    assert "token899" in last
    assert 'rel="next"' not in last
    open_page(client, f"{HOME}/blame/main/vocab.txt?line=99999")


@pytest.mark.parametrize("path", ["model.safetensors", "latest", "notes", "nothing", "plot.png"])
def test_only_text_is_blamed(client, history, path):
    assert client.get(f"{HOME}/blame/main/{path}").status_code == 404


def test_odd_names_and_line_ends_are_blamed_too(client, cast):
    repo = commit_files(
        cast.owner, a_repo(cast.owner, "odd"), {'a "b" %é.txt': "one\r\ntwo\rthree\r\nfour", "empty.txt": ""}
    )

    assert "four" in open_page(client, "/owner/odd/blame/main/a%20%22b%22%20%25%C3%A9.txt")
    assert 'id="L1"' not in open_page(client, "/owner/odd/blame/main/empty.txt")
    assert repo.head


# --- links


def test_a_permanent_link_names_the_commit(client, history):
    page = open_page(client, f"{HOME}/blob/main/train.py")

    assert re.search(rf'href="{HOME}/blob/{history.head}/train.py"\s+data-permalink', page)
    assert f'href="{HOME}/blame/main/train.py"' in page


def test_a_symbolic_link_shows_its_target(client, history):
    page = open_page(client, f"{HOME}/blob/main/latest")

    assert f'href="{HOME}/blob/main/model.safetensors"' in page


def test_submodules_are_listed_as_submodules(client, history):
    assert "vendor @ 1111111" in words(open_page(client, f"{HOME}/tree/main"))


# --- notebooks


def test_a_notebook_is_shown_with_its_outputs(client, history):
    page = open_page(client, f"{HOME}/blob/main/explore.ipynb")

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
                "text/html": "<img src=x onerror=alert(1)><script>alert(2)</script>"
                "<a href='javascript:alert(3)'>x</a>"
            }
        },
        {"data": {"image/png": '"><script>alert(1)</script>'}},
        {"data": {"text/markdown": "<script>alert(1)</script>[x](javascript:alert(2))"}},
        {"data": {"text/plain": ["<script>alert(1)</script>"]}},
        {
            "data": {
                "text/html": "<img src='https://example.org/pixel.png'>"
                "<iframe src='/'></iframe><style>*{}</style>"
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
    commit_files(
        cast.owner, a_repo(cast.owner, "hostile"), {"a.ipynb": json.dumps({"cells": [cell], "nbformat": 4})}
    )

    page = open_page(client, "/owner/hostile/blob/main/a.ipynb")

    body = page[page.index('class="notebook"') : page.index("</main>")]
    for word in ("<script", "onerror", 'href="javascript:', "example.org", "<iframe", "<style"):
        assert word not in body


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": 1}', "nul", "[" * 5000, '{"worksheets": []}'])
def test_an_invalid_notebook_is_reported(client, cast, text):
    commit_files(cast.owner, a_repo(cast.owner, "odd"), {"a.ipynb": text})

    with pytest.raises(Unreadable):
        read_notebook(text.encode())
    assert has_id(open_page(client, "/owner/odd/blob/main/a.ipynb"), "not-shown")


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


def test_an_image_of_a_notebook_is_served_as_bytes(client, cast):
    data = base64.b64encode(an_image(1)).decode()
    cell = {
        "cell_type": "code",
        "source": "",
        "outputs": [{"data": {"image/png": [data[:40] + "\n", data[40:]]}}],
    }
    commit_files(cast.owner, a_repo(cast.owner, "drawn"), {"a.ipynb": json.dumps({"cells": [cell]})})

    assert data in open_page(client, "/owner/drawn/blob/main/a.ipynb")


# --- GGUF


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def a_gguf(
    tensors: int | None = None,
    pairs: int | None = None,
    *,
    offset: int = 0,
    sides: int = 2,
    length: int = 20,
    special: bool = False,
) -> bytes:
    """Return a GGUF file of two tensors, with counts that may be wrong.

    special  name the first and last token, and the template of chats
    """
    metadata = [
        text("general.architecture") + struct.pack("<I", 8) + text("llama"),
        text("llama.context_length") + struct.pack("<II", 4, 4096),
        text("tokenizer.ggml.tokens")
        + struct.pack("<IIQ", 9, 8, length)
        + b"".join(text(f"word{n}") for n in range(20)),
        text("tokenizer.ggml.scores") + struct.pack("<IIQ", 9, 6, 20) + bytes(80),
    ]
    if special:
        metadata += [
            text("tokenizer.ggml.bos_token_id") + struct.pack("<II", 4, 1),
            text("tokenizer.ggml.eos_token_id") + struct.pack("<II", 4, 19),
            text("tokenizer.chat_template") + struct.pack("<I", 8) + text("{{ messages }}"),
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


def test_the_header_lists_tensors_metadata_and_totals():
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
    commit_large_file(cast.owner, a_repo(cast.owner, "packed"), "model.gguf", a_gguf())

    page = open_page(client, "/owner/packed/blob/main/model.gguf")

    assert "blk.0.weight" in page
    assert "Q4_K" in page
    assert "4096" in page
    assert "word0, word1" in page


def test_a_broken_gguf_file_is_reported(client, cast):
    commit_large_file(cast.owner, a_repo(cast.owner, "packed"), "model.gguf", a_gguf()[:90])

    assert has_id(open_page(client, "/owner/packed/blob/main/model.gguf"), "not-shown")
