"""Files in the browser: reading, editing, uploading, deleting, and permissions."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.registry.blobs.models import RepoObject
from apps.registry.blobs.readers import ObjectReader
from apps.registry.gitstore import EntryNotFound
from apps.registry.repos.selectors import git_of
from tests.makers import a_repo
from tests.pages import form_errors, has_id, is_empty
from tests.seed import a_dataset, a_model, commit_files, csv_rows

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def as_owner(client, cast):
    client.force_login(cast.owner.user, backend=BACKEND)
    return client


def read(repo, path: str) -> str:
    git = git_of(repo)
    return git.read(git.entry(git.resolve("main"), path).oid).decode()


# --- who may see


@pytest.mark.parametrize(
    "page",
    [
        "",
        "/tree/main",
        "/blob/main/config.json",
        "/commits/main",
        "/evaluations",
        "/lineage",
        "/jobs",
        "/viewer",
    ],
)
def test_a_private_repository_is_not_found_for_strangers_and_anonymous(client, cast, page):
    a_model(cast.owner, is_private=True)

    response = client.get(f"/owner/tiny-sentiment{page}")
    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/login")

    client.force_login(cast.stranger.user, backend=BACKEND)
    assert client.get(f"/owner/tiny-sentiment{page}").status_code == 404


@pytest.mark.parametrize(
    "page", ["/new/main", "/edit/main/config.json", "/delete/main/config.json", "/upload/main", "/settings"]
)
def test_only_those_who_may_change_a_repository_reach_its_forms(client, cast, page):
    a_model(cast.owner)

    assert client.get(f"/owner/tiny-sentiment{page}").status_code == 302
    client.force_login(cast.stranger.user, backend=BACKEND)
    assert client.get(f"/owner/tiny-sentiment{page}").status_code == 403
    assert client.post(f"/owner/tiny-sentiment{page}", {"path": "x", "content": "y"}).status_code in (
        403,
        405,
    )


def test_another_spelling_and_an_old_name_lead_to_the_page(client, cast):
    a_model(cast.owner)

    response = client.get("/OWNER/Tiny-Sentiment/blob/main/config.json?as=text")

    assert response["Location"] == "/owner/tiny-sentiment/blob/main/config.json?as=text"
    assert client.get("/Owner/tiny-sentiment?x=1")["Location"] == "/owner/tiny-sentiment?x=1"


@pytest.mark.parametrize(
    "page",
    [
        "/tree/nowhere",
        "/tree/main/nofolder",
        "/blob/main/nofile",
        "/commit/0000000",
        "/edit/v1/config.json",
        "/commits/refs%2Fpr%2F9",
    ],
)
def test_a_missing_file_is_a_404_page(as_owner, cast, page):
    a_model(cast.owner)

    assert as_owner.get(f"/owner/tiny-sentiment{page}").status_code == 404


def test_an_empty_branch_shows_how_to_fill_it(as_owner, cast):
    repo = a_repo(cast.owner, "bare")
    git = git_of(repo)
    git.move_ref("refs/heads/main", git.resolve("main"), None)

    assert is_empty(as_owner.get("/owner/bare/tree/main").content.decode())
    assert as_owner.get("/owner/bare").status_code == 200


# --- what strangers write is shown as text


def test_script_in_a_card_and_in_file_names_never_reaches_the_page_as_markup(client, cast):
    name = '"><script>alert(1)</script>.txt'
    repo = a_repo(cast.owner, "sly")
    repo = commit_files(
        cast.owner,
        repo,
        {
            "README.md": "---\npretty_name: <script>alert(2)</script>\n"
            "tags: ['<img src=x onerror=alert(3)>']\n---\n"
            '# Hi <script>alert(4)</script>\n\n[x](javascript:alert(5)) <img src=x onerror="alert(6)">\n',
            name: "<script>alert(7)</script>\n",
        },
        message="<script>alert(8)</script>",
    )

    for page in (
        "",
        "/tree/main",
        "/blob/main/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E.txt",
        "/commits/main",
        f"/commit/{repo.head}",
    ):
        text = client.get(f"/owner/sly{page}").content.decode()
        assert "<script>alert" not in text, page
        assert "onerror=" not in text.replace("&lt;img src=x onerror=", ""), page
        assert 'href="javascript' not in text, page


def test_script_in_the_cells_and_columns_of_a_dataset_stays_text(client, cast):
    repo = a_repo(cast.owner, "sly", kind="dataset")
    commit_files(
        cast.owner,
        repo,
        {"train.csv": 'a,"<script>alert(1)</script>"\n<b>x</b>,"<script>alert(2)</script>"\n'},
    )

    text = client.get("/datasets/owner/sly").content.decode()

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in text


def test_images_of_a_card_are_served_by_resolve_only(client, cast):
    repo = a_repo(cast.owner, "pictures")
    commit_files(
        cast.owner,
        repo,
        {"README.md": "# P\n\n![one](figures/one.png) ![two](https://example.com/two.png)\n"},
    )

    text = client.get("/owner/pictures").content.decode()

    assert 'src="/owner/pictures/resolve/main/figures/one.png"' in text
    assert "example.com" not in text


# --- editing


def edited(client, repo, place: str, **data):
    parent = git_of(repo).resolve("main")
    return client.post(
        f"/{repo.address.path}/edit/main/{place}", {"path": place, "content": "", "parent": parent, **data}
    )


def test_an_edit_is_a_commit_by_its_author_with_line_ends_kept_plain(as_owner, cast):
    repo = a_model(cast.owner)

    response = edited(as_owner, repo, "onnx/notes.txt", content="one\r\ntwo", message="Say more")

    assert response["Location"] == "/owner/tiny-sentiment/blob/main/onnx/notes.txt"
    assert read(repo, "onnx/notes.txt") == "one\ntwo\n"
    commit = git_of(repo).log(git_of(repo).resolve("main"), 1)[0]
    assert (commit.title, commit.author) == ("Say more", "owner")


def test_another_path_moves_the_file(as_owner, cast):
    repo = a_model(cast.owner)

    edited(as_owner, repo, "onnx/notes.txt", path="docs/notes.md", content="moved")

    assert read(repo, "docs/notes.md") == "moved\n"
    with pytest.raises(EntryNotFound):
        read(repo, "onnx/notes.txt")


def test_a_stale_edit_keeps_the_text_and_can_then_be_saved(as_owner, cast):
    repo = a_model(cast.owner)
    seen = git_of(repo).resolve("main")
    repo = commit_files(cast.owner, repo, {"other.txt": "meanwhile\n"}, "Something in between")

    response = as_owner.post(
        "/owner/tiny-sentiment/edit/main/config.json",
        {"path": "config.json", "content": "{}\n", "message": "Mine", "parent": seen},
    )
    page = response.content.decode()

    assert response.status_code == 409
    assert has_id(page, "moved")
    assert "Something in between" in page
    assert "\n{}\n</textarea>" in page
    assert f'name="parent" value="{repo.head}"' in page
    assert "384" in read(repo, "config.json")

    again = as_owner.post(
        "/owner/tiny-sentiment/edit/main/config.json",
        {"path": "config.json", "content": "{}\n", "parent": repo.head},
    )
    assert again.status_code == 302
    assert read(repo, "config.json") == "{}\n"


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"path": "../escape"}, {"__all__": ["BadPath"]}),
        ({"path": ".git/config"}, {"__all__": ["BadPath"]}),
        ({"path": "README.md", "content": "---\nlicense: nonsense\n---\n"}, {"__all__": ["CommitRefused"]}),
        ({"path": "onnx", "content": "x"}, {"__all__": ["BadPath"]}),
        ({"path": "", "content": "x"}, {"path": ["required"]}),
    ],
)
def test_a_refused_edit_keeps_the_text_and_shows_the_reason(as_owner, cast, changed, errors):
    repo = a_model(cast.owner)
    head = repo.head

    response = edited(as_owner, repo, "config.json", **{"content": "kept text", **changed})

    assert response.status_code == 422
    assert form_errors(response) == errors
    assert changed.get("content", "kept text").splitlines()[0] in response.content.decode()
    assert git_of(repo).resolve("main") == head


def test_a_new_file_takes_no_place_that_is_taken(as_owner, cast):
    repo = a_model(cast.owner)

    taken = as_owner.post(
        "/owner/tiny-sentiment/new/main", {"path": "config.json", "content": "mine", "parent": repo.head}
    )
    made = as_owner.post(
        "/owner/tiny-sentiment/new/main/docs",
        {"path": "docs/a b%.txt", "content": "mine", "parent": repo.head},
    )

    assert taken.status_code == 422
    assert made["Location"] == "/owner/tiny-sentiment/blob/main/docs/a%20b%25.txt"
    assert read(repo, "docs/a b%.txt") == "mine\n"


def test_large_and_binary_files_are_not_opened_in_the_editor(as_owner, cast):
    repo = a_model(cast.owner)
    commit_files(cast.owner, repo, {"bytes.dat": b"\0\1\2"})

    assert as_owner.get("/owner/tiny-sentiment/edit/main/model.safetensors").status_code == 404
    assert as_owner.get("/owner/tiny-sentiment/edit/main/bytes.dat").status_code == 404


def test_a_folder_is_deleted_with_all_that_is_in_it(as_owner, cast):
    repo = a_model(cast.owner)

    response = as_owner.post("/owner/tiny-sentiment/delete/main/onnx", {"parent": repo.head})

    assert response["Location"] == "/owner/tiny-sentiment/tree/main"
    with pytest.raises(EntryNotFound):
        read(repo, "onnx/notes.txt")
    assert read(repo, "config.json")


@pytest.mark.parametrize("act", ["edit", "delete"])
def test_the_placeholder_is_the_message_of_a_commit_without_one(as_owner, cast, act):
    repo = a_model(cast.owner)
    page, change = f"/owner/tiny-sentiment/{act}/main/config.json", {"path": "config.json", "content": "{}"}

    form = as_owner.get(page)
    as_owner.post(page, {"parent": repo.head, **change})

    git = git_of(repo)
    message = git.commit(git.resolve("main")).title
    assert f'placeholder="{message}"' in form.content.decode()


# --- uploading


def test_small_text_goes_into_git_and_large_or_binary_files_into_the_store(as_owner, cast):
    repo = a_model(cast.owner)
    weights = b"\0weights" * 1000
    files = [SimpleUploadedFile("notes.txt", b"hello\n"), SimpleUploadedFile("w.bin", weights)]

    response = as_owner.post(
        "/owner/tiny-sentiment/upload/main", {"files": files, "folder": "extra", "message": "Add both"}
    )

    assert response["Location"] == "/owner/tiny-sentiment/tree/main/extra"
    assert read(repo, "extra/notes.txt") == "hello\n"
    entry = git_of(repo).entry(git_of(repo).resolve("main"), "extra/w.bin")
    assert entry.pointer.oid == hashlib.sha256(weights).hexdigest()
    held = RepoObject.objects.get(repo_key=repo.pk, sha256=entry.pointer.oid)
    assert b"".join(ObjectReader(held).open_range(0, held.size)) == weights
    assert held.committed_at is not None


def test_an_upload_without_files_or_to_a_bad_place_changes_nothing(as_owner, cast):
    repo = a_model(cast.owner)

    empty = as_owner.post("/owner/tiny-sentiment/upload/main", {"folder": ""})
    outside = as_owner.post(
        "/owner/tiny-sentiment/upload/main", {"files": [SimpleUploadedFile("a.txt", b"a")], "folder": "../.."}
    )

    assert (empty.status_code, outside.status_code) == (422, 422)
    assert git_of(repo).resolve("main") == repo.head


def test_an_upload_above_the_limit_is_refused_before_it_is_read(as_owner, cast, settings):
    settings.UPLOAD_LIMIT_BYTES = 1000
    repo = a_model(cast.owner)

    response = as_owner.post(
        "/owner/tiny-sentiment/upload/main", {"files": [SimpleUploadedFile("a.txt", b"a" * 5000)]}
    )

    assert response.status_code == 413
    assert git_of(repo).resolve("main") == repo.head


def test_an_upload_from_another_site_is_refused(cast):
    from django.test import Client

    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(cast.owner.user, backend=BACKEND)
    repo = a_model(cast.owner)

    response = guarded.post(
        "/owner/tiny-sentiment/upload/main", {"files": [SimpleUploadedFile("a.txt", b"a")]}
    )

    assert response.status_code == 403
    assert git_of(repo).resolve("main") == repo.head


# --- rows


def test_the_viewer_pages_through_a_split(client, cast):
    a_dataset(cast.owner)

    first = client.get("/datasets/owner/film-lines/viewer").content.decode()
    test = client.get("/datasets/owner/film-lines/viewer?split=test").content.decode()

    assert "line 49" in first
    assert "line 50" not in first
    assert "at=" in first
    assert "line 500" in test


def test_the_second_page_goes_on_where_the_first_ended(client, cast):
    import re
    from html import unescape

    a_dataset(cast.owner)
    following = unescape(
        re.search(
            r'rel="next" href="([^"]+)"', client.get("/datasets/owner/film-lines/viewer").content.decode()
        )[1]
    )

    second = client.get(f"/datasets/owner/film-lines/viewer{following}").content.decode()

    assert "line 50<" in second
    assert "line 49<" not in second


def test_wrong_encoding_opens_the_page_and_names_the_byte(client, cast):
    repo = a_repo(cast.owner, "latin", kind="dataset")
    commit_files(cast.owner, repo, {"train.csv": "text,label\ncafé,1\n".encode("latin-1")})

    response = client.get("/datasets/owner/latin")

    assert response.status_code == 200
    assert has_id(response.content.decode(), "rows-problem")
    assert "0xE9" in response.content.decode()


def test_the_card_decides_subsets_and_splits(client, cast):
    repo = a_repo(cast.owner, "named", kind="dataset")
    card = (
        "---\nconfigs:\n- config_name: films\n  data_files:\n  - split: train\n    path: films/a*.csv\n"
        "  - split: test\n    path: films/b.csv\n"
        "- config_name: books\n  data_files: books/*.csv\n---\n"
    )
    commit_files(
        cast.owner,
        repo,
        {
            "README.md": card,
            "films/a1.csv": csv_rows(3),
            "films/b.csv": csv_rows(2, 7),
            "books/c.csv": csv_rows(1, 90),
        },
    )

    films = client.get("/datasets/owner/named/viewer").content.decode()
    books = client.get("/datasets/owner/named/viewer?subset=books").content.decode()

    assert "line 2" in films
    assert "books" in films
    assert "line 90" in books


@pytest.mark.parametrize(
    "query", ["file=secret.csv", "at=9999999-5", "at=x", "split=none", "revision=nowhere"]
)
def test_invalid_queries_of_the_viewer_are_refused(client, cast, query):
    a_dataset(cast.owner)

    assert client.get(f"/datasets/owner/film-lines/viewer?{query}").status_code in (200, 404)


# --- what is accepted with a warning


def test_a_folder_and_a_file_name_what_some_computers_and_programs_cannot_take(client, cast):
    repo = a_repo(cast.owner)
    commit_files(cast.owner, repo, {"a/x": b"", "a/X": b"", "b/aux": b"", "c/plain": b""})
    commit_files(cast.owner, repo, {"m.safetensors": b"\xff" * 100})

    shown = {
        page: [
            has_id(client.get(f"/owner/tiny/{page}").content.decode(), id_)
            for id_ in ("name-warnings", "malformed")
        ]
        for page in ("tree/main/a", "tree/main/b", "tree/main/c", "tree/main", "blob/main/m.safetensors")
    }

    assert shown == {
        "tree/main/a": [True, False],
        "tree/main/b": [True, False],
        "tree/main/c": [False, False],
        "tree/main": [False, False],
        "blob/main/m.safetensors": [False, True],
    }


def test_the_editor_saves_an_odd_name_and_warns(as_owner, cast):
    repo = a_repo(cast.owner)
    commit_files(cast.owner, repo, {"Read.me": b"1"})

    saved = as_owner.post("/owner/tiny/new/main", {"path": "read.me", "content": "2"}, follow=True)

    assert read(repo, "read.me") == "2\n"
    assert [message.level_tag for message in saved.context["messages"]] == ["info", "warning"]
