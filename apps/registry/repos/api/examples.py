"""How the shapes of repositories look, for the API's document."""

from apps.core.rest_document import register_examples

SHA, PARENT = "4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3", "9b0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d"
OID = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
AT = "2026-01-31T12:00:00Z"
REPO = {
    "id": "0b5f4f6e-6f0d-4a55-9c57-0f3b1f6b7a11",
    "kind": "model",
    "namespace": "owner",
    "name": "tiny-llama",
    "address": "owner/tiny-llama",
    "url": "/owner/tiny-llama",
    "is_private": False,
    "default_branch": "main",
    "head": SHA,
    "title": "Tiny llama",
    "description": "A small model for tests.",
    "gating": "",
    "task": "text-generation",
    "library": "transformers",
    "licence": "apache-2.0",
    "languages": ["en"],
    "base_models": [],
    "datasets": ["owner/film-lines"],
    "tags": ["text-generation", "license:apache-2.0"],
    "parameters": 1_100_000,
    "parameters_by_dtype": {"F32": 1_100_000},
    "size_bytes": 4_412_000,
    "file_count": 7,
    "downloads": 12,
    "likes": 3,
    "created_at": AT,
    "updated_at": AT,
}
FILE = {
    "path": "model.safetensors",
    "type": "file",
    "size": 4_400_000,
    "oid": OID,
    "large": {"sha256": SHA256, "size": 4_400_000, "xet_hash": ""},
    "content_url": "/owner/tiny-llama/resolve/main/model.safetensors",
}
COMMIT = {
    "sha": SHA,
    "title": "Add the weights",
    "message": "",
    "author": "owner",
    "account": "owner",
    "date": AT,
    "parents": [PARENT],
    "url": f"/owner/tiny-llama/commit/{SHA}",
}
CHANGE = {
    "path": "README.md",
    "old_path": "",
    "status": "changed",
    "old_size": 120,
    "new_size": 180,
    "added_lines": 4,
    "removed_lines": 1,
}
FREED = {"count": 1, "quota_bytes": 4_400_000, "disk_bytes": 4_400_000}
TAG = {"name": "v1", "ref": "refs/tags/v1", "commit": SHA, "is_protected": False}
LARGE_FILE = {
    "sha256": SHA256,
    "size": 4_400_000,
    "names": ["model.safetensors"],
    "refs": ["refs/heads/main"],
    "pushed_at": AT,
    "is_shared": False,
}

register_examples(
    {
        "Repo": REPO,
        "RepoDetail": {**REPO, "card": {"license": "apache-2.0"}, "config": {"model_type": "llama"}},
        "NewRepo": {
            "kind": "model",
            "namespace": "owner",
            "name": "tiny-llama",
            "is_private": False,
            "licence": "apache-2.0",
        },
        "RepoChange": {"is_private": True, "gating": "manual"},
        "AccessRequest": {
            "person": "member",
            "full_name": "",
            "email": "member@example.com",
            "state": "accepted",
            "is_asked": True,
            "reason": "To compare it with ours.",
            "reply": "",
            "created_at": AT,
            "decided_at": AT,
            "decided_by": "owner",
        },
        "Asking": {"reason": "To compare it with ours."},
        "Decision": {"state": "accepted"},
        "RepoMove": {"namespace": "owner", "name": "small-llama"},
        "Facets": {
            "task": [{"value": "text-generation", "count": 3}],
            "library": [{"value": "transformers", "count": 3}],
            "licence": [{"value": "mit", "count": 2}],
            "language": [{"value": "en", "count": 3}],
        },
        "FileEntry": FILE,
        "TreePage": {"commit": SHA, "items": [FILE], "next_cursor": None},
        "Commit": COMMIT,
        "Committed": {"commit": SHA, "branch": "main", "url": f"/owner/tiny-llama/commit/{SHA}"},
        "CommitIn": {
            "message": "Add a note",
            "changes": [
                {"act": "put", "path": "note.txt", "content": "Hello\n"},
                {"act": "delete", "path": "old.txt"},
            ],
        },
        "ChangesPage": {"count": 1, "items": [CHANGE], "next_cursor": None},
        "ComparisonPage": {
            "base": PARENT,
            "head": SHA,
            "common": PARENT,
            "ahead": 1,
            "behind": 0,
            "count": 1,
            "items": [CHANGE],
            "next_cursor": None,
        },
        "Branch": {
            "name": "main",
            "ref": "refs/heads/main",
            "commit": SHA,
            "is_protected": True,
            "is_default": True,
        },
        "NewBranch": {"name": "trial", "start": "main"},
        "Tag": TAG,
        "NewTag": {"name": "v1", "revision": "main", "message": "First version"},
        "Squash": {"branch": "main", "message": "Begin anew"},
        "Protection": {"default_branch": "main", "patterns": ["main", "refs/tags/v*"]},
        "ProtectionIn": {"patterns": ["main", "refs/tags/v*"]},
        "LargeFile": LARGE_FILE,
        "PurgeIn": {"sha256s": [SHA256], "is_dry_run": True},
        "Purged": {**FREED, "refs": ["refs/heads/main"]},
        "SearchPage": {
            "asked": "llama",
            "was_corrected": False,
            "kinds": [{"kind": "model", "count": 1}],
            "items": [
                {
                    "kind": "model",
                    "name": "owner/tiny-llama",
                    "title": "Tiny llama",
                    "about": "",
                    "url": "/owner/tiny-llama",
                    "is_private": False,
                    "updated_at": AT,
                }
            ],
            "next_cursor": None,
        },
        "StoragePage": {
            "used_bytes": 4_412_000,
            "limit_bytes": None,
            "items": [
                {
                    "kind": "model",
                    "address": "owner/tiny-llama",
                    "current_bytes": 4_412_000,
                    "large_bytes": 4_400_000,
                }
            ],
            "next_cursor": None,
        },
        "Relations": {
            "sources": [{"kind": "model", "id": "owner/base", "relation": "finetune", "url": "/owner/base"}],
            "descendants": [{"relation": "adapter", "count": 2}],
        },
        "Graph": {
            "nodes": [
                {
                    "key": "model:1",
                    "title": "owner/base",
                    "note": "Model",
                    "url": "/owner/base",
                    "is_current": True,
                }
            ],
            "edges": [["model:1", "job:2"]],
        },
        "RowsPage": {
            "splits": [{"subset": "default", "name": "train", "files": ["train.csv"]}],
            "subset": "default",
            "split": "train",
            "file": "train.csv",
            "columns": ["text", "label"],
            "items": [["A quiet, well made film.", 1]],
            "first": 0,
            "total": None,
            "notes": [],
            "problem": "",
            "next_cursor": None,
        },
        "Order": {
            "kind": "fine_tune",
            "recipe": "text-classification",
            "inputs": {
                "model": {"address": "owner/tiny-llama"},
                "dataset": {"address": "owner/film-lines", "revision": "main"},
            },
            "output": {"address": "owner/tuned"},
            "params": {"text_column": "text", "label_column": "label"},
        },
    }
)
