"""The import contracts hold, and each of them detects a violation."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

from tests.architecture.layers import ROOT, contract, names_of, ranks_in

# modules that apps may have, including planned ones
PLANNED = {
    "beside",
    "freeing",
    "kinds",
    "pipeline",
    "presenters",
    "readers",
    "reclaimable",
    "revision_limits",
    "roles",
    "stores",
}
FOLDERS = ("apps", "ecosystem", "workers")
LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"

# violations for a copy of the tree: a file and its last line
OFFENCES = {
    "apps/community/__init__.py": "",
    "apps/community/forum/__init__.py": "",
    "apps/community/forum/models.py": "from apps.community.forum import services\n"
    "from apps.registry.repos import models",
    "apps/community/forum/services.py": "",
    "apps/core/errors.py": "from apps.community.forum import models",
    "apps/users/accounts/models.py": "from apps.business.usage import selectors",
    "apps/registry/formats/source.py": "from apps.registry.repos import models",
    "apps/registry/blobs/errors.py": "from apps.registry.repos import errors",
    "apps/registry/repos/access.py": "from apps.registry.repos.services import rename",
    "apps/toolchain/receipts/forms.py": "from apps.toolchain.receipts import presenters",
    "apps/registry/protocols/git/packets.py": "from apps.registry.protocols.hub import urls",
    "apps/registry/protocols/lfs/signed_urls.py": "from apps.registry.protocols.lfs import batch",
    "apps/registry/blobs/models.py": "from apps.registry.blobs import selectors",
    "apps/registry/gitstore/errors.py": "from apps.registry.gitstore import repo",
    "apps/toolchain/contracts/spec.py": "import django.conf",
    "apps/core/web/headers.py": "import ecosystem.env\nimport torch",
    "ecosystem/urls.py": "import workers.light.tasks",
    "workers/light/tasks.py": "import apps.registry.repos.models",
    "workers/ml/disk.py": "import apps.core.errors",
    # modules that no contract lists
    "apps/shop/__init__.py": "",
    "apps/users/teams/__init__.py": "",
    "apps/business/usage/helpers.py": "",
    "apps/registry/protocols/hub/helpers.py": "",
    "apps/registry/blobs/helpers.py": "",
}
NOTICED = [
    "apps.community.forum.models -> apps.community.forum.services",
    "apps.core.errors -> apps.community.forum.models",
    "apps.users.accounts.models -> apps.business.usage.selectors",
    "apps.registry.formats.source -> apps.registry.repos.models",
    "apps.registry.blobs.errors -> apps.registry.repos.errors",
    "apps.registry.repos.access -> apps.registry.repos.services.rename",
    "apps.toolchain.receipts.forms -> apps.toolchain.receipts.presenters",
    "apps.registry.protocols.git.packets -> apps.registry.protocols.hub.urls",
    "apps.registry.protocols.lfs.signed_urls -> apps.registry.protocols.lfs.batch",
    "apps.registry.blobs.models -> apps.registry.blobs.selectors",
    "- .errors -> .repo",
    "apps.toolchain.contracts.spec -> django",
    "apps.core.web.headers -> ecosystem.env",
    "apps.core.web.headers -> torch",
    "ecosystem.urls -> workers.light.tasks",
    "workers.light.tasks -> apps.registry.repos.models",
    "workers.ml.disk -> apps.core.errors",
    "apps.shop",
    "apps.users.teams",
    "apps.business.usage.helpers",
    "apps.registry.protocols.hub.helpers",
    "apps.registry.blobs.helpers",
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache"], cwd=folder, capture_output=True, text=True, env={"COLUMNS": "400"}
    )


@pytest.fixture(scope="module")
def broken_contracts(tmp_path_factory) -> subprocess.CompletedProcess[str]:
    """Lint a copy of the code that breaks every contract."""
    folder = tmp_path_factory.mktemp("tree")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests/architecture").mkdir(parents=True)
    for name in ("pyproject.toml", "tests/architecture/contracts.py"):
        shutil.copy(ROOT / name, folder / name)
    for name, line in OFFENCES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.read_text() if path.exists() else ''}\n{line}\n")
    return lint_imports(folder)


def test_the_code_keeps_the_contracts():
    done = lint_imports(ROOT)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("line", NOTICED)
def test_a_contract_notices(broken_contracts, line):
    assert broken_contracts.returncode == 1
    assert line in broken_contracts.stdout


def test_a_new_app_may_import_what_is_below_it(broken_contracts):
    assert "apps.community is not allowed to import" not in broken_contracts.stdout


def test_readers_of_formats_know_no_rows():
    files = (ROOT / "apps/registry/formats").rglob("*.py")
    found = {
        f"{file.stem}: {module}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        for module in modules_of(node)
        if module.startswith("django.db") or module.endswith(".models")
    }

    assert found == set()


def modules_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def test_every_domain_lists_its_apps():
    domains = {
        f"apps.{path.parent.name}"
        for path in (ROOT / "apps").glob("*/__init__.py")
        if path.parent.name != "core"
    }

    assert domains <= ranks_in("apps").keys()
    assert all(ranks_in(domain) for domain in domains)


def test_every_app_has_layers():
    named = {
        container
        for identity in ("app-layers", "formats-layers", "blobs-layers", "protocol-layers")
        for container in contract(identity)["containers"]
    }
    bare = [
        config.name
        for config in apps.get_app_configs()
        if config.name.startswith("apps.")
        and config.name != "apps.core"
        and not named & {config.name, f"{config.name}.*", f"{config.name.rpartition('.')[0]}.*"}
    ]

    assert bare == []


def test_no_list_names_a_module_that_no_app_has():
    for identity in ("app-layers", "formats-layers", "blobs-layers", "protocol-layers"):
        found = contract(identity)
        folders = [
            folder
            for container in found["containers"]
            for folder in ROOT.glob(container.replace(".", "/"))
            if folder.is_dir()
        ]
        there = {path.stem for folder in folders for path in folder.iterdir()}
        listed = {name for layer in found["layers"] for name in names_of(layer)}

        assert listed - there <= PLANNED
