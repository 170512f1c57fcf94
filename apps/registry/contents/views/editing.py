"""Pages for creating, editing and deleting files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import NotFound, OverQuota, TooLarge
from apps.core.web.actions import post_response
from apps.core.web.bodies import FORM_LIMIT_BYTES, takes_body
from apps.core.web.http import HubRequest
from apps.registry.gitstore import AddFile, BadPath, Change, Delete, FolderTooLarge, TooManyFiles
from apps.registry.repos.errors import EntryNotFound
from apps.registry.repos.links import Links
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_WRITE
from apps.registry.repos.selectors import git_of
from apps.registry.repos.views.repo_page import repo_page

from ..errors import BranchMoved, CommitRefused
from ..forms import DeleteFileForm, FileForm
from ..forms.files import CommitFields
from ..previews.file import is_text
from ..revision_limits import EDIT_LIMIT_BYTES
from ..services.commit import commit_changes
from .files import files_facts

# URL-encoded forms use up to three characters per byte
EDIT_FORM_LIMIT_BYTES = 3 * EDIT_LIMIT_BYTES + FORM_LIMIT_BYTES
FORM_REFUSALS = (BadPath, CommitRefused, EntryNotFound, FolderTooLarge, OverQuota, TooLarge, TooManyFiles)


def branch_head(repo: Repo, revision: str) -> str | None:
    """Return the head commit of a branch, None if the repository is empty.

    raises  NotFound if the revision is not a branch
    """
    head = git_of(repo).target(f"refs/heads/{revision}")
    if head is None and revision != repo.default_branch:
        raise NotFound(_("Files can only be changed on a branch, and there is no branch with this name."))
    return head


@takes_body(EDIT_FORM_LIMIT_BYTES)
@repo_page(REPO_WRITE)
@require_http_methods(["GET", "POST"])
def new_file(request: HubRequest, repo: Repo, revision: str, path: str = "") -> HttpResponse:
    """Create a text file; `?name=` suggests a name, README.md starts with a card template."""
    head, folder = branch_head(repo, revision), path.strip("/")
    if request.method == "GET":
        name = request.GET.get("name", "")[:200]
        begin = {
            "path": f"{folder}/{name}" if folder else name,
            "parent": head or "",
            "content": _initial_content(repo, name),
        }
        return _page(request, repo, revision, FileForm(initial=begin), heading=_("New file"))
    form = FileForm(request.POST)
    if form.is_valid() and head and _exists(repo, head, form.cleaned_data["path"]):
        form.add_error(
            "path", ValidationError(_("A file or folder with this name already exists."), code="PathTaken")
        )
    return _save(request, repo, revision, form, heading=_("New file"))


@takes_body(EDIT_FORM_LIMIT_BYTES)
@repo_page(REPO_WRITE)
@require_http_methods(["GET", "POST"])
def edit_file(request: HubRequest, repo: Repo, revision: str, path: str) -> HttpResponse:
    """Edit a text file; changing the path renames it."""
    head = branch_head(repo, revision)
    if request.method == "POST":
        return _save(request, repo, revision, FileForm(request.POST), old_path=path, heading=_("Edit file"))
    git = git_of(repo)
    entry = git.entry(head or "", path)
    if not entry.is_file or not is_text(git, entry):
        raise NotFound(_("Only text files up to 1 MiB can be edited here. Upload a new version instead."))
    begin = {"path": entry.path, "parent": head, "content": git.read(entry.oid).decode()}
    return _page(
        request, repo, revision, FileForm(initial=begin), old_path=entry.path, heading=_("Edit file")
    )


@repo_page(REPO_WRITE)
@require_http_methods(["GET", "POST"])
def delete_file(request: HubRequest, repo: Repo, revision: str, path: str) -> HttpResponse:
    """Delete a file or folder after confirmation."""
    head = branch_head(repo, revision)
    entry = git_of(repo).entry(head or "", path)
    if not entry.path:
        raise EntryNotFound
    facts: dict[str, Any] = {"old_path": entry.path, "is_folder": not entry.is_file}
    if request.method == "GET":
        form = DeleteFileForm(initial={"parent": head})
        return _page(request, repo, revision, form, template="delete_file", **facts)
    form = DeleteFileForm(request.POST)
    if form.is_valid() and _commit(
        request, repo, revision, form, [Delete(entry.path)], _default_message(form, entry.path)
    ):
        folder = Links(repo.address, revision).at("tree", entry.path.rpartition("/")[0])
        return post_response(request, folder, _("Deleted %(path)s.") % {"path": entry.path})
    return _page(request, repo, revision, form, template="delete_file", status=_status(form), **facts)


def _exists(repo: Repo, head: str, path: str) -> bool:
    try:
        git_of(repo).entry(head, path)
    except EntryNotFound:
        return False
    return True


def _initial_content(repo: Repo, name: str) -> str:
    """Return the initial content of a new file; README.md gets a title and the known license."""
    if name != "README.md":
        return ""
    metadata = f"---\nlicense: {repo.license}\n---\n\n" if repo.license else ""
    return f"{metadata}# {repo.name}\n\n"


def _save(
    request: HubRequest, repo: Repo, revision: str, form: FileForm, *, heading: str, old_path: str = ""
) -> HttpResponse:
    if form.is_valid():
        path, content = (
            form.cleaned_data["path"].strip().strip("/"),
            form.cleaned_data["content"].encode(errors="replace"),
        )
        changes: list[Change] = [AddFile(path, content, replaces=old_path)]
        if old_path and path != old_path:
            changes.insert(0, Delete(old_path))
        words = _("Update %(path)s") if old_path else _("Add %(path)s")
        if _commit(request, repo, revision, form, changes, words % {"path": path}):
            return HttpResponseRedirect(Links(repo.address, revision).at("blob", path))
    return _page(request, repo, revision, form, old_path=old_path, heading=heading, status=_status(form))


def _default_message(form: CommitFields, path: str) -> str:
    """Return the commit message for a file if the user enters none.

    path  empty for a new file
    """
    if not path:
        return _("Add file")
    words = _("Delete %(path)s") if isinstance(form, DeleteFileForm) else _("Update %(path)s")
    return words % {"path": path}


def _commit(
    request: HubRequest, repo: Repo, revision: str, form: CommitFields, changes: list[Change], message: str
) -> bool:
    """Commit the changes; on refusal add the error to the form and return False."""
    data = form.cleaned_data
    try:
        done = commit_changes(
            actor=request.actor,
            address=repo.address,
            branch=revision,
            changes=changes,
            message=data["message"] or message[:200],
            description=data["description"],
            parent=data["parent"] or None,
        )
    except BranchMoved as moved:
        form.moved = moved  # type: ignore[attr-defined]
    except FORM_REFUSALS as refusal:
        form.add_error(None, refusal.as_form_error())
    else:
        is_same = done.sha == data["parent"]
        messages.info(
            request,
            _("No changes to save.") if is_same else _("Saved as commit %(sha)s.") % {"sha": done.sha[:7]},
        )
        for sentence in done.warnings:
            messages.warning(request, sentence)
        return True
    return False


def _status(form: CommitFields) -> int:
    return 409 if hasattr(form, "moved") else 422


def _page(
    request: HubRequest,
    repo: Repo,
    revision: str,
    form: CommitFields,
    *,
    template: str = "edit",
    status: int = 200,
    **facts: Any,
) -> HttpResponse:
    """Render the form; if the branch has moved, show the new commit and use it as parent."""
    git = git_of(repo)
    moved_to = None
    if hasattr(form, "moved"):
        head = git.target(f"refs/heads/{revision}")
        moved_to = git.commit(head) if head else None
        form.data = {**form.data.dict(), "parent": head or ""}  # type: ignore[attr-defined]
    path = facts.get("old_path") or ""
    form.fields["message"].widget.attrs["placeholder"] = _default_message(form, path)
    context = {
        **files_facts(request, repo, git, revision, path, word="blob"),
        **facts,
        "form": form,
        "moved_to": moved_to,
    }
    return render(request, f"registry/contents/{template}.html", context, status=status)
