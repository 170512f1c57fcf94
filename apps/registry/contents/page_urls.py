"""URLs of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.registry.repos.routes import repo_routes

from .views import archive, comparing, creating, editing, feeds, files, history, home, refs, uploads, viewer

urlpatterns: list[URLPattern] = [
    path("new-app", creating.new_application, name="new_application"),
    path("new-kernel", creating.new_kernel, name="new_kernel"),
    path("new", creating.new_model, name="new_model"),
    path("new-dataset", creating.new_dataset, name="new_dataset"),
    *repo_routes(
        [
            ("", home.home, "home"),
            ("/viewer", viewer.viewer, "viewer"),
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
    ),
]
