"""Old and odd histories, mirrored with real git: what git itself reads is accepted with a warning."""

import re
import unicodedata
from urllib.parse import quote

import pytest
import requests

from tests.compat.test_git_clients import Git, address, warnings_of
from tests.makers import a_repo

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PERSON = "A U <a@example.com> 1312735823 +0000"
# author line of a commit, fault that git names
OLD_PEOPLE = {
    "A <a@example.com> 1312735823 +051800": "badTimezone",
    "A <a@example.com> 1312735823": "badDate",
    "A <a@example.com>1312735823 +0000": "missingSpaceBeforeDate",
    "<a@example.com> 1312735823 +0000": "missingNameBeforeEmail",
    "A<a@example.com> 1312735823 +0000": "missingSpaceBeforeEmail",
    "A> <a@example.com> 1312735823 +0000": "badName",
    "A <<a@example.com>> 1312735823 +0000": "badEmail",
    "A <a@example.com> 01312735823 +0000": "zeroPaddedDate",
    "A <a@example.com> -1312735823 +0000": "badDateOverflow",
    "A <> 1312735823 -9999": "",
    "A <a@example.com> 4102444800000 +0000": "",
}
PAGES = (
    "/owner/tiny/tree/main",
    "/owner/tiny/commits/main",
    "/owner/tiny/branches",
    "/owner/tiny/blob/main/a.txt",
    "/owner/tiny/blame/main/a.txt",
    "/owner/tiny/feeds/commits.atom",
    "/owner/tiny/archive/main.tar",
    "/api/models/owner/tiny/commits/main",
    "/api/models/owner/tiny/tree/main?expand=true",
)


@pytest.fixture
def git(client_env, tmp_path, live_cast, site):
    a_repo(live_cast.owner)
    git = Git(client_env, tmp_path)
    git("init", "-q")
    git("remote", "add", "origin", address(site, live_cast.owner, "owner/tiny"))
    return git


def put(git, kind, text):
    """Write an object that git need not like, and return its sha."""
    return git("hash-object", "-t", kind, "-w", "--stdin", "--literally", feed=text).strip()


def a_tree(git, *entries):
    """Write a tree of (mode, name) with one content."""
    content = bytes.fromhex(put(git, "blob", "hello\n"))
    (git.folder / "tree").write_bytes(
        b"".join(f"{mode} {name}".encode() + b"\0" + content for mode, name in entries)
    )
    return git("hash-object", "-t", "tree", "-w", "--literally", "tree").strip()


def a_commit(git, tree, *lines, message="m\n"):
    return put(git, "commit", "\n".join([f"tree {tree}", *lines, "", message]))


def people(author=PERSON, committer=PERSON):
    return f"author {author}", f"committer {committer}"


def test_old_faults_are_accepted_with_a_warning_and_every_page_opens(site, git):
    tree, head, shas = a_tree(git, ("100644", "a.txt")), "", []
    for author in OLD_PEOPLE:
        parents = [f"parent {head}"] if head else []
        head = a_commit(git, tree, *parents, *people(author))
        shas.append(head)
    for tree_of, lines in (
        (a_tree(git, ("0100644", "a.txt")), ()),
        (a_tree(git, ("100664", "a.txt")), ()),
        (tree, ("encoding x-none",)),
    ):
        head = a_commit(git, tree_of, f"parent {head}", *people(), *lines)

    printed = warnings_of(git("push", "-f", "origin", f"{head}:refs/heads/main"))

    faults = {found[1] for line in printed if (found := re.search(r"[0-9a-f]{40}: (\w+): ", line))}
    assert faults <= {*OLD_PEOPLE.values(), "zeroPaddedFilemode", "badFilemode"}
    assert len(printed) == 11  # ten of them, and how many more
    for page in (*PAGES, *(f"/owner/tiny/commit/{sha}" for sha in shas)):
        assert requests.get(f"{site.url}{page}", timeout=30).status_code == 200, page
    git("clone", "-q", f"{site.url}/owner/tiny", "back")
    assert git.at(git.folder / "back")("rev-list", "--count", "HEAD").strip() == str(len(OLD_PEOPLE) + 3)


@pytest.mark.parametrize(
    "author",
    [
        "A 1312735823 +0000",
        "A <a@example.com 1312735823 +0000",
        "A <a@example.com> 18446744073709551999 +0000",
    ],
)
def test_a_person_that_cannot_be_read_is_refused_anywhere_in_a_history(git, author):
    tree = a_tree(git, ("100644", "a.txt"))
    odd = a_commit(git, tree, *people(author))
    head = a_commit(git, tree, f"parent {odd}", *people())

    output = git("push", "-f", "origin", f"{head}:refs/heads/odd", ok=False)

    assert odd in output
    assert "remote:" in output


@pytest.mark.parametrize(
    ("entries", "lines"),
    [
        ([("100644", "a"), ("100644", "a")], people()),
        ([("100644", "b"), ("100644", "a")], people()),
        ([("100644", "a/b")], people()),
        ([("100644", ".")], people()),
        ([("100644", ".git")], people()),
        ([("120000", ".gitmodules")], people()),
        ([("140000", "socket")], people()),
        ([("100644", "a")], [f"committer {PERSON}"]),
        ([("100644", "a")], [f"author {PERSON}"]),
    ],
)
def test_what_git_calls_an_error_or_is_dangerous_is_refused(git, entries, lines):
    head = a_commit(git, a_tree(git, *entries), *lines)

    assert "remote:" in git("push", "-f", "origin", f"{head}:refs/heads/odd", ok=False)


def test_many_tags_are_pushed_at_once(git):
    head = a_commit(git, a_tree(git, ("100644", "a.txt")), *people())
    git("update-ref", "--stdin", feed="".join(f"create refs/tags/v{n} {head}\n" for n in range(1_500)))

    git("push", "-q", "origin", "--tags")
    git("push", "-q", "origin", "--tags")

    assert len(git("ls-remote", "-q", "--tags", "origin").splitlines()) == 1_500


def test_names_in_either_unicode_form_are_pushed_and_opened(site, git):
    forms = [unicodedata.normalize(form, "名字 é.txt") for form in ("NFD", "NFC")]
    alone = a_commit(git, a_tree(git, ("100644", forms[0])), *people())
    both = a_commit(git, a_tree(git, *(("100644", name) for name in forms)), *people())

    assert warnings_of(git("push", "-f", "origin", f"{alone}:refs/heads/odd")) == []
    assert len(warnings_of(git("push", "-f", "origin", f"{both}:refs/heads/both"))) == 1

    for name in forms:
        for page in ("resolve/odd", "resolve/both", "blob/odd", "commits/odd", "blame/both"):
            answer = requests.get(f"{site.url}/owner/tiny/{page}/{quote(name)}", timeout=30)
            assert answer.status_code == 200, page
            assert page.startswith("resolve") <= (answer.text == "hello\n")
