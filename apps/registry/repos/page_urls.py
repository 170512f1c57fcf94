"""URLs of the pages; under a repository's name they are the same for every kind."""

from __future__ import annotations

from django.urls import URLPattern, path, register_converter

from apps.registry.contents.views import (
    archive,
    comparing,
    creating,
    editing,
    files,
    history,
    home,
    refs,
    uploads,
    viewer,
)
from apps.registry.storage import views as storage
from apps.registry.training.views import launching, tabs
from apps.users.accounts.converters import NamespaceName

from . import converters
from .addresses import PREFIXES
from .views import access, feeds, lists, relations, settings

converters.register()
register_converter(NamespaceName, "owner")

urlpatterns: list[URLPattern] = [
    path("models", lists.models, name="models"),
    path("datasets", lists.datasets, name="datasets"),
    path("apps", lists.applications, name="applications"),
    path("kernels", lists.kernels, name="kernels"),
    path("new-app", creating.new_application, name="new_application"),
    path("new-kernel", creating.new_kernel, name="new_kernel"),
    path("new", creating.new_model, name="new_model"),
    path("new-dataset", creating.new_dataset, name="new_dataset"),
    path("settings/storage", storage.own_storage, name="own_storage"),
    path("organizations/<owner:name>/storage", storage.organization_storage, name="organization_storage"),
    path("feeds/repos.atom", feeds.new_repos_atom, name="feed_repos_atom"),
    path("feeds/repos.json", feeds.new_repos_json, name="feed_repos_json"),
]

REPO_PATHS = [
    ("", home.home, "home"),
    ("/viewer", viewer.viewer, "viewer"),
    ("/evaluations", tabs.evaluations, "evaluations"),
    ("/lineage", tabs.lineage, "lineage"),
    ("/model-tree", relations.model_tree, "model_tree"),
    ("/jobs", tabs.jobs, "jobs"),
    ("/fine-tune", launching.fine_tune, "fine_tune"),
    ("/evaluate", launching.evaluate, "evaluate"),
    ("/settings", settings.settings, "settings"),
    ("/settings/storage", storage.storage, "storage"),
    ("/settings/storage/review", storage.review, "review_objects"),
    ("/settings/storage/delete", storage.delete_objects, "delete_objects"),
    ("/settings/visibility", settings.visibility, "visibility"),
    ("/settings/gating", access.gate, "gate"),
    ("/settings/access", access.requests, "access_requests"),
    ("/settings/access/decide", access.decide, "decide_access"),
    ("/settings/access/admit", access.grant_directly, "admit"),
    ("/ask-access", access.ask, "ask_access"),
    ("/settings/rename", settings.rename, "rename"),
    ("/settings/transfer", settings.transfer, "transfer"),
    ("/settings/protection", settings.protection, "protection"),
    ("/settings/delete", settings.delete, "delete"),
    ("/tree/<rev:revision>", files.tree, "tree"),
    ("/tree/<rev:revision>/<rpath:path>", files.tree, "folder"),
    ("/blob/<rev:revision>/<rpath:path>", files.blob, "blob"),
    ("/blame/<rev:revision>/<rpath:path>", files.blame, "blame"),
    ("/commits/<rev:revision>", history.commits, "commits"),
    ("/commits/<rev:revision>/<rpath:path>", history.commits, "history"),
    ("/commit/<rev:revision>", history.commit, "commit"),
    ("/compare", comparing.choose, "choose_ends"),
    ("/compare/<rpath:revision>", comparing.compare, "compare"),
    ("/branches", refs.branches, "branches"),
    ("/branches/create", refs.make_branch, "make_branch"),
    ("/branches/delete", refs.remove_branch, "remove_branch"),
    ("/branches/default", refs.choose_default, "choose_default"),
    ("/tags", refs.tags, "tags"),
    ("/tags/create", refs.make_tag, "make_tag"),
    ("/tags/delete", refs.remove_tag, "remove_tag"),
    ("/archive/<rpath:path>", archive.archive, "archive"),
    ("/feeds/commits.atom", feeds.commits_atom, "feed_commits_atom"),
    ("/feeds/commits.json", feeds.commits_json, "feed_commits_json"),
    ("/new/<rev:revision>", editing.new_file, "new_file"),
    ("/new/<rev:revision>/<rpath:path>", editing.new_file, "new_file_in"),
    ("/edit/<rev:revision>/<rpath:path>", editing.edit_file, "edit_file"),
    ("/delete/<rev:revision>/<rpath:path>", editing.delete_file, "delete_file"),
    ("/upload/<rev:revision>", uploads.upload, "upload"),
    ("/upload/<rev:revision>/<rpath:path>", uploads.upload, "upload_in"),
]

for kind, prefix in PREFIXES.items():
    for suffix, view, name in REPO_PATHS:
        urlpatterns.append(
            path(
                f"{prefix}<owner:namespace>/<name:name>{suffix}",
                view,
                {"kind": kind},
                name=f"{kind.value}_{name}",
            )
        )
