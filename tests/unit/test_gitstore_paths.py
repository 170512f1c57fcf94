"""Which paths a repository may hold."""

import unicodedata
import uuid

import pytest

from apps.registry.gitstore import AddFile, BadPath, Copy, Delete, GitStore, Signature
from apps.registry.gitstore.paths import check_path, check_pushed_path
from apps.registry.gitstore.portability import name_problems

OWNER = Signature("owner", "owner@example.com")


@pytest.fixture
def repo(tmp_path):
    return GitStore(tmp_path).create(uuid.uuid4())


@pytest.mark.parametrize(
    "path",
    [
        "a",
        "a/b/c.txt",
        ".gitattributes",
        ".gitignore",
        "folder/..\\..\\file",
        "名字/文件 一.txt",
        "a b",
        "..a",
        "a..",
        "x" * 255,
        ".github/x",
        "git",
        "a\N{EM DASH}b",
    ],
)
def test_ordinary_paths_are_taken_as_they_are(path):
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "a/",
        "a//b",
        "..",
        "../a",
        "a/../b",
        "./a",
        "a/.",
        "..\\a",
        "..\\..\\windows",
        "a:b.txt",
        "data/C:evil",
        "\\\\server\\share",
        "a/\\b",
        ".git",
        ".git/config",
        "a/.GIT/hooks/x",
        "a/.Git",
        ".git ",
        ".git.",
        ".git::$INDEX_ALLOCATION",
        "git~1",
        ".g\u200cit/config",
        "a\\.git\\config",
        "a\nb",
        "a\0b",
        "a\x7fb",
        "a\x9bb",
        "bad\udcff",
        "x" * 256,
        "/".join(["x" * 200] * 6),
        "/".join("x" * 101),
        "名" * 86,
    ],
)
def test_invalid_paths_are_refused(path):
    with pytest.raises(BadPath) as caught:
        check_path(path)
    assert caught.value.status == 422
    assert caught.value.message.isprintable()


def test_names_are_stored_in_one_normal_form():
    decomposed = unicodedata.normalize("NFD", "café.txt")

    assert check_path(decomposed) == "caf\N{LATIN SMALL LETTER E WITH ACUTE}.txt"
    assert check_pushed_path(decomposed.encode()) == decomposed
    with pytest.raises(BadPath, match="UTF-8"):
        check_pushed_path(b"caf\xe9.txt")


@pytest.mark.parametrize(
    ("one", "other"),
    [("README.md", "readme.md"), ("Data/a", "data/b"), ("stra\N{LATIN SMALL LETTER SHARP S}e", "strasse")],
)
def test_names_that_differ_only_by_case_coexist_and_are_found(repo, one, other):
    first = repo.write_commit(None, [AddFile(one, b"1")], OWNER, "one")
    second = repo.write_commit(first, [AddFile(other, b"2")], OWNER, "two")

    assert (repo.read_file(second, one), repo.read_file(second, other)) == (b"1", b"2")
    clash = tuple(sorted((one.partition("/")[0], other.partition("/")[0])))
    assert name_problems("", repo.names(second)).clashes == [clash]
    assert name_problems("", repo.names(second), {"another"}).clashes == []


def test_a_pushed_name_in_another_form_is_read_replaced_and_deleted_by_its_usual_one(repo):
    composed, decomposed = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    folder, builder = repo.git.TreeBuilder(), repo.git.TreeBuilder()
    folder.insert(decomposed, repo.git.create_blob(b"1"), 0o100755)
    builder.insert(decomposed, folder.write(), 0o40000)
    first = repo.write_tree_commit(str(builder.write()), [], OWNER, "by git")
    path = f"{composed}/{composed}"

    second = repo.write_commit(first, [AddFile(path, b"2")], OWNER, "by the API")
    third = repo.write_commit(second, [Delete(path)], OWNER, "gone")

    assert repo.read_file(first, path) == repo.read_file(first, f"{decomposed}/{decomposed}") == b"1"
    [entry] = [entry for entry in repo.tree(second, recursive=True) if entry.is_file]
    assert (entry.path, entry.mode, repo.read(entry.oid)) == (f"{decomposed}/{decomposed}", 0o100755, b"2")
    assert list(repo.tree(third)) == []


def test_two_forms_of_a_name_are_a_clash(repo):
    forms = [unicodedata.normalize(form, "café") for form in ("NFC", "NFD")]

    assert name_problems("", forms).clashes == [tuple(forms)]


@pytest.mark.parametrize(
    "name", ["CON", "nul.txt", "com1", "LPT9.tar.gz", "a.", "a ", "what?", 'say "x"', "a|b", "x<y", "..\\a"]
)
def test_names_that_windows_cannot_store_are_found(name):
    assert name_problems("data", [name]).unportable == [f"data/{name}"]


@pytest.mark.parametrize("name", ["console", "com", "com10", ".gitignore", "a.b", " a", "名字.txt", "nul-1"])
def test_other_names_can_be_stored_anywhere(name):
    assert name_problems("", [name]).unportable == []


def test_a_file_may_be_renamed_by_case_alone(repo):
    first = repo.write_commit(None, [AddFile("README.md", b"1"), AddFile("Data/a", b"a")], OWNER, "one")

    second = repo.write_commit(
        first,
        [
            Copy("README.md", None, "readme.md"),
            Delete("README.md"),
            Copy("Data", None, "data"),
            Delete("Data"),
        ],
        OWNER,
        "two",
    )

    assert [entry.path for entry in repo.tree(second)] == ["data", "readme.md"]


def test_a_file_cannot_replace_a_folder(repo):
    first = repo.write_commit(None, [AddFile("a/b", b"1"), AddFile("c", b"1")], OWNER, "one")

    with pytest.raises(BadPath, match=r"\ba\b"):
        repo.write_commit(first, [AddFile("a", b"2")], OWNER, "two")
    with pytest.raises(BadPath, match=r"c/d.*\bc\b"):
        repo.write_commit(first, [AddFile("c/d", b"2")], OWNER, "two")
