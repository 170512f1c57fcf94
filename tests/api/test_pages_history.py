"""Commits and comparisons, and the limits that keep their pages small."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.utils.html import escape

from apps.registry.contents.previews.diffs import files
from apps.registry.formats.diffs.words import changed_spans, mark_spans
from apps.registry.gitstore import deltas
from apps.registry.repos.selectors import git_of
from tests.api.test_pages_open import open_page
from tests.history_samples import a_history
from tests.makers import a_repo
from tests.pages import data_of
from tests.seed import commit_files

HOME = "/owner/grown"


def words(page: str) -> str:
    """Return the text of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", page)))


def part(page: str, path: str) -> str:
    """Return the markup of one file of a comparison."""
    found = re.findall(r'<section\s+class="card diff-file".*?</section>', page, re.DOTALL)
    return next(one for one in found if f'aria-label="{path}"' in one)


@pytest.fixture
def history(cast):
    repo = a_history(cast.owner)
    return repo, {one.title: one.sha for one in git_of(repo).log(repo.head)}


# --- one commit


def test_a_commit_shows_each_file_as_what_it_is(client, history):
    page = open_page(client, f"{HOME}/commit/{history[1]['Train longer, at a lower rate']}")

    assert data_of(page, "files") == ["8"]
    assert "notes/old-name.md → notes/new-name.md" in words(part(page, "notes/new-name.md"))
    assert data_of(part(page, "notes/new-name.md"), "status") == ["renamed"]
    assert data_of(part(page, "notes/new-name.md"), "kind") == ["same"]
    assert "-this goes" in words(part(page, "gone.txt"))
    assert part(page, "plot.png").count("<img") == 2
    assert data_of(part(page, "config.json"), "ending") == ["none"]
    assert "把学习率降低" in part(page, "说明.md")


def test_changed_words_are_marked_inside_highlighted_lines(client, history):
    train = part(
        open_page(client, f"{HOME}/commit/{history[1]['Train longer, at a lower rate']}"), "train.py"
    )

    assert '<span class="mi"><mark>16</mark></span>' in train
    assert '<span class="mi"><mark>32</mark></span>' in train
    assert train.count("<mark>") == train.count("</mark>")


def test_a_notebook_is_compared_by_cells(client, history):
    notebook = part(
        open_page(client, f"{HOME}/commit/{history[1]['Train longer, at a lower rate']}"), "explore.ipynb"
    )

    assert (data_of(notebook, "first"), data_of(notebook, "last")) == (["1", "3"], ["1", "5"])
    assert "rate = " in words(notebook)
    assert data_of(notebook, "outputs") == ["added"]
    assert "image/png" not in notebook


def test_a_large_file_shows_size_and_name_of_both_sides(client, history):
    shas = [one.sha for one in git_of(history[0]).log(history[0].head)]
    large = part(open_page(client, f"{HOME}/commit/{shas[2]}"), "model.safetensors")

    assert len(re.findall(r"[0-9a-f]{64}", large)) == 2
    assert "oid sha256:" not in large


def test_modes_links_and_submodules_are_shown(client, history):
    page = open_page(client, f"{HOME}/commit/{history[1]['Make it run; point to the latest']}")

    assert "100644 → 100755" in part(page, "run.sh")
    assert data_of(part(page, "run.sh"), "kind") == ["same"]
    assert "+model.safetensors" in words(part(page, "latest"))
    assert data_of(part(page, "vendor"), "kind") == ["submodule"]
    assert "1" * 40 in part(page, "vendor")


def test_long_diffs_are_folded_until_requested(client, history):
    address = f"{HOME}/commit/{history[1]['Train longer, at a lower rate']}"

    folded = part(open_page(client, address), "vocab.txt")
    alone = open_page(client, f"{address}?file=vocab.txt")

    assert data_of(folded, "fold") == ["large"]
    assert "token899" not in folded
    assert "token899" in part(alone, "vocab.txt")
    assert "train.py" not in alone


def test_two_columns_are_remembered(client, history):
    address = f"{HOME}/commit/{history[1]['Train longer, at a lower rate']}?file=train.py"

    split = open_page(client, f"{address}&view=split")
    again = open_page(client, address)

    assert 'class="source diff highlight split"' in split
    assert 'class="source diff highlight split"' in again


def test_files_beyond_a_page_follow_on_the_next(client, cast, monkeypatch):
    monkeypatch.setattr(deltas, "PAGE_FILES", 4)
    monkeypatch.setattr("apps.registry.contents.views.diffs.PAGE_FILES", 4)
    repo = commit_files(
        cast.owner, a_repo(cast.owner, "many"), {f"f{number}.txt": "x\n" for number in range(10)}, "Ten files"
    )

    pages = [open_page(client, f"/owner/many/commit/{repo.head}?page={number}") for number in (1, 2, 3)]

    found = [re.findall(r'card diff-file"[^>]*aria-label="(f\d)\.txt"', page) for page in pages]
    assert [len(one) for one in found] == [4, 4, 2]
    assert sorted(name for one in found for name in one) == [f"f{number}" for number in range(10)]
    assert 'rel="next"' not in pages[2]


def test_a_page_holds_a_bounded_number_of_lines(cast, monkeypatch):
    monkeypatch.setattr(files, "PAGE_LINES", 50)
    monkeypatch.setattr(
        files.Budget.__init__,
        "__defaults__",
        (50, files.PAGE_BYTES, files.PAGE_COLOR_BYTES, files.FOLD_LINES),
    )
    repo = commit_files(
        cast.owner, a_repo(cast.owner, "many"), {f"f{n}.txt": "line\n" * 30 for n in range(4)}, "Four files"
    )
    git = git_of(repo)

    shown = files.files_of(git, deltas.deltas_between(git, git.commit(repo.head).parents[0], repo.head).rows)

    assert [file.fold for file in shown] == ["", "late", "late", "late"]
    assert sum(len(file.lines) for file in shown) <= 50


def test_a_long_file_comes_in_parts(client, cast, monkeypatch):
    monkeypatch.setattr(files, "PART_LINES", 100)
    repo = commit_files(
        cast.owner,
        a_repo(cast.owner, "long"),
        {"a.txt": "".join(f"row{n}.\n" for n in range(250))},
        "Many lines",
    )
    address = f"/owner/long/commit/{repo.head}?file=a.txt"

    first = open_page(client, address)
    following = unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    second = open_page(client, f"/owner/long/commit/{repo.head}{following}")

    assert "row98." in first
    assert "row99." not in first
    assert "row99." in second


def test_a_file_of_endless_lines_is_not_compared(client, cast, monkeypatch):
    monkeypatch.setattr("apps.registry.formats.diffs.lines.LINES_LIMIT", 1000)
    repo = commit_files(cast.owner, a_repo(cast.owner, "long"), {"a.txt": "\n" * 2000}, "Many lines")

    page = open_page(client, f"/owner/long/commit/{repo.head}?file=a.txt")

    assert data_of(part(page, "a.txt"), "note") == ["long"]


def test_a_very_long_line_is_cut(client, cast):
    repo = commit_files(
        cast.owner, a_repo(cast.owner, "wide"), {"a.json": '{"a": "' + "x" * 30_000 + '"}\n'}, "One line"
    )

    page = open_page(client, f"/owner/wide/commit/{repo.head}")

    assert "x" * 900 in page
    assert "x" * 1100 not in page


def test_the_first_commit_adds_everything_and_an_empty_one_nothing(client, cast):
    repo = a_repo(cast.owner, "fresh")
    git = git_of(repo)
    first = git.log(git.resolve("main"))[-1].sha

    assert ".gitattributes" in open_page(client, f"/owner/fresh/commit/{first}")


def test_a_file_that_did_not_change_is_not_there(client, history):
    sha = history[1]["Train longer, at a lower rate"]

    assert client.get(f"{HOME}/commit/{sha}?file=README.md").status_code == 404
    assert client.get(f"{HOME}/commit/{sha}?file=&page=x&line=-1&view=odd").status_code == 200


# --- lists of commits


def test_commits_are_grouped_by_day_with_their_author(client, history):
    page = open_page(client, f"{HOME}/commits/main")

    assert "Say where it ends" in page
    assert page.count('class="commit-day"') >= 2
    assert 'href="/owner"' in page
    assert "Five epochs instead of three." in page


def test_the_history_of_a_file_holds_its_commits_alone(client, history):
    page = open_page(client, f"{HOME}/commits/main/train.py")

    assert "Say where it ends" in page
    assert "Make it run" not in page
    assert f"/blob/{history[0].head}/train.py" in page


# --- words


@pytest.mark.parametrize(
    ("old", "new", "was", "became"),
    [
        ("rate = 5e-5", "rate = 3e-5", ["5e"], ["3e"]),
        ("a < b", "a > b", ["<"], [">"]),
        ("降低学习率", "提高学习率", ["降低"], ["提高"]),
        ("print(x)", "print(x, y)", [], [", y"]),
        ("nothing in common", "0 1 2 3 4 5 6 7 8 9", [], []),
        ("same", "same", [], []),
    ],
)
def test_the_changed_part_of_a_line_is_found(old, new, was, became):
    spans = changed_spans(old, new)

    assert [old[start:end] for start, end in spans[0]] == was
    assert [new[start:end] for start, end in spans[1]] == became


def test_marks_respect_tags_and_whole_characters():
    line = escape("a<b>&c")
    colored = type(line)(f'<span class="x">{line}</span>')

    assert mark_spans(colored, [(1, 4)]) == '<span class="x">a<mark>&lt;b&gt;</mark>&amp;c</span>'
    assert mark_spans(colored, []) == colored
