"""REST API: branches, tags, protection, squashing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import Body, RawCharField, StrictBooleanField, StrictCharField, query_str, validated
from apps.core.rest.fields import Resource
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, created, limit_of, no_content, page_json
from apps.core.web.policies import requires
from apps.registry.gitstore import Ref
from apps.registry.repos.api.repo_view import ADDRESS
from apps.registry.repos.api.repos import repo_path
from apps.registry.repos.errors import RevisionNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN, REPO_SEE, REPO_WRITE
from apps.registry.repos.selectors import git_of
from apps.registry.repos.services.protection import protection_of, set_protection

from ..services import refs as services
from .file_shapes import SHA_EXAMPLE, CommitResult, commit_result_json

BRANCH = in_path("branch", "Short name of the branch.")
TAG = in_path("tag", "Short name of the tag.")
NAME_LIMIT = 200


@with_example(
    {
        "name": "main",
        "ref": "refs/heads/main",
        "commit_sha": SHA_EXAMPLE,
        "is_protected": True,
        "is_default": True,
    }
)
class BranchSerializer(Resource):
    """A branch and its head."""

    name = serializers.CharField(help_text="Short name.")
    ref = serializers.CharField(help_text="Full name.")
    commit_sha = serializers.CharField(help_text="The head.")
    is_default = serializers.BooleanField(help_text="Whether it is the default branch.")
    is_protected = serializers.BooleanField(help_text="Whether only admins can change it.")


@with_example(
    {
        "name": "v1",
        "ref": "refs/tags/v1",
        "commit_sha": SHA_EXAMPLE,
        "is_protected": False,
    }
)
class TagSerializer(Resource):
    """A tag and the commit that it points to."""

    name = serializers.CharField(help_text="Short name.")
    ref = serializers.CharField(help_text="Full name.")
    commit_sha = serializers.CharField(help_text="The commit, also of an annotated tag.")
    is_protected = serializers.BooleanField(help_text="Whether only admins can change it.")


BranchPage = page_of(BranchSerializer)
TagPage = page_of(TagSerializer)


@with_example({"name": "trial", "revision": "main"})
class BranchCreate(Body):
    """A branch that starts at a revision, or with a new history."""

    name = StrictCharField(max_length=NAME_LIMIT, help_text="Short name, such as trial.")
    revision = StrictCharField(
        max_length=255,
        required=False,
        allow_null=True,
        help_text="Where it starts: a branch, tag or commit. Default: the default branch.",
    )
    is_empty = StrictBooleanField(
        required=False, allow_null=True, help_text="Start a new history. Default: false."
    )


@with_example({"name": "v1", "revision": "main", "message": "First version"})
class TagCreate(Body):
    """A tag; with a message, an annotated tag."""

    name = StrictCharField(max_length=NAME_LIMIT, help_text="Short name, such as v1.")
    revision = StrictCharField(
        max_length=255,
        required=False,
        allow_null=True,
        help_text="A branch, tag or commit. Default: the default branch.",
    )
    message = RawCharField(max_length=1000, required=False, allow_null=True, help_text="Default: none.")


@with_example({"branch": "main", "message": "Squash the history"})
class BranchSquash(Body):
    """A branch to squash into one commit."""

    branch = StrictCharField(max_length=255, help_text="Short name.")
    message = StrictCharField(max_length=1000, help_text="Message of the new commit.")


@with_example({"default_branch": "main", "patterns": ["main", "refs/tags/v*"]})
class ProtectionSerializer(Resource):
    """Branches and tags that only admins can create, move or delete."""

    default_branch = serializers.CharField(help_text="Cannot be deleted.")
    patterns = serializers.ListField(
        child=serializers.CharField(), help_text="Names with wildcards: main, release/*, refs/tags/v*."
    )


@with_example({"patterns": ["main", "refs/tags/v*"]})
class ProtectionUpdate(Body):
    """The new patterns, replacing all others."""

    patterns = serializers.ListField(
        child=StrictCharField(max_length=NAME_LIMIT),
        max_length=50,
        help_text="Names with wildcards: main, release/*, refs/tags/v*.",
    )


def branch_json(repo: Repo, ref: Ref) -> dict[str, Any]:
    return {**tag_json(repo, ref), "is_default": ref.name == repo.default_branch}


def tag_json(repo: Repo, ref: Ref) -> dict[str, Any]:
    return {
        "name": ref.name,
        "ref": ref.ref,
        "commit_sha": ref.target,
        "is_protected": protection_of(repo).covers(ref.ref),
    }


def page_of_refs(request: Request, rows: list[Ref]) -> tuple[list[Ref], str | None]:
    """Return a page sorted by name; the cursor is the last name of the page before."""
    limit, after = limit_of(request), query_str(request, "cursor")
    left = sorted((ref for ref in rows if ref.name > after), key=lambda ref: ref.name)
    return left[:limit], left[limit - 1].name if len(left) > limit else None


def find_ref(rows: list[Ref], name: str) -> Ref:
    """Return the ref with this name (raises RevisionNotFound)."""
    found = next((ref for ref in rows if ref.name == name), None)
    if found is None:
        raise RevisionNotFound(f"Invalid rev id: {name[:120]}")
    return found


@requires(REPO_SEE, POST=REPO_WRITE)
class Branches(ApiView):
    @operation("list_branches", "refs", BranchPage, 404, params=[*ADDRESS, CURSOR, LIMIT])
    def get(self, request: Request, repo: Repo) -> Response:
        """List branches, sorted by name."""
        rows, following = page_of_refs(request, git_of(repo).refs().branches)
        return Response(page_json([branch_json(repo, ref) for ref in rows], following))

    @operation(
        "create_branch", "refs", BranchSerializer, 404, 409, status=201, body=BranchCreate, params=ADDRESS
    )
    def post(self, request: Request, repo: Repo) -> Response:
        """Create a branch."""
        data = validated(request, BranchCreate)
        sha = services.create_branch(
            actor=actor_of(request),
            address=repo.address,
            name=data["name"],
            start=data.get("revision"),
            is_empty=data.get("is_empty") or False,
        )
        ref = Ref(data["name"], f"refs/heads/{data['name']}", sha)
        return created(branch_json(repo, ref), f"{repo_path(repo)}/branches/{quote(ref.name)}")


@requires(REPO_SEE, DELETE=REPO_ADMIN)
class Branch(ApiView):
    @operation("get_branch", "refs", BranchSerializer, 404, params=[*ADDRESS, BRANCH])
    def get(self, request: Request, repo: Repo, branch: str) -> Response:
        """Get a branch."""
        return Response(branch_json(repo, find_ref(git_of(repo).refs().branches, branch)))

    @operation("delete_branch", "refs", None, 404, 422, status=204, params=[*ADDRESS, BRANCH])
    def delete(self, request: Request, repo: Repo, branch: str) -> Response:
        """Delete a branch other than the default branch."""
        services.delete_branch(actor=actor_of(request), address=repo.address, name=branch)
        return no_content()


@requires(REPO_SEE, POST=REPO_WRITE)
class Tags(ApiView):
    @operation("list_tags", "refs", TagPage, 404, params=[*ADDRESS, CURSOR, LIMIT])
    def get(self, request: Request, repo: Repo) -> Response:
        """List tags, sorted by name."""
        rows, following = page_of_refs(request, git_of(repo).refs().tags)
        return Response(page_json([tag_json(repo, ref) for ref in rows], following))

    @operation("create_tag", "refs", TagSerializer, 404, 409, status=201, body=TagCreate, params=ADDRESS)
    def post(self, request: Request, repo: Repo) -> Response:
        """Create a tag."""
        data = validated(request, TagCreate)
        revision = data.get("revision") or repo.default_branch
        sha = services.create_tag(
            actor=actor_of(request),
            address=repo.address,
            name=data["name"],
            revision=revision,
            message=data.get("message") or "",
        )
        ref = Ref(data["name"], f"refs/tags/{data['name']}", sha)
        return created(tag_json(repo, ref), f"{repo_path(repo)}/tags/{quote(ref.name)}")


@requires(REPO_SEE, DELETE=REPO_WRITE)
class Tag(ApiView):
    @operation("get_tag", "refs", TagSerializer, 404, params=[*ADDRESS, TAG])
    def get(self, request: Request, repo: Repo, tag: str) -> Response:
        """Get a tag."""
        return Response(tag_json(repo, find_ref(git_of(repo).refs().tags, tag)))

    @operation("delete_tag", "refs", None, 404, status=204, params=[*ADDRESS, TAG])
    def delete(self, request: Request, repo: Repo, tag: str) -> Response:
        """Delete a tag."""
        services.delete_tag(actor=actor_of(request), address=repo.address, name=tag)
        return no_content()


@requires(REPO_WRITE)
class Squashing(ApiView):
    @operation("squash_branch", "refs", CommitResult, 404, body=BranchSquash, params=ADDRESS)
    def post(self, request: Request, repo: Repo) -> Response:
        """Squash the history of a branch into one commit. Only admins can squash branches."""
        data = validated(request, BranchSquash)
        sha = services.squash_branch(
            actor=actor_of(request), address=repo.address, branch=data["branch"], message=data["message"]
        )
        return Response(commit_result_json(repo, sha, data["branch"]))


@requires(REPO_ADMIN)
class Protections(ApiView):
    @operation("get_protection", "refs", ProtectionSerializer, 404, params=ADDRESS)
    def get(self, request: Request, repo: Repo) -> Response:
        """Get the protected branches and tags."""
        return Response(self._protections_response(repo))

    @operation("set_protection", "refs", ProtectionSerializer, 404, body=ProtectionUpdate, params=ADDRESS)
    def put(self, request: Request, repo: Repo) -> Response:
        """Replace the protection rules."""
        set_protection(
            actor=actor_of(request),
            address=repo.address,
            patterns=validated(request, ProtectionUpdate)["patterns"],
        )
        repo.refresh_from_db(fields=["settings"])
        return Response(self._protections_response(repo))

    def _protections_response(self, repo: Repo) -> dict[str, Any]:
        found = protection_of(repo)
        return {"default_branch": found.default_branch, "patterns": list(found.patterns)}
