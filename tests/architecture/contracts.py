"""An import-linter contract: modules import only allowed modules of the watched packages."""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OnlyContract(Contract):
    """Forbid other direct imports of the watched packages to the source modules; indirect imports are free.

    source_modules    packages whose imports are checked
    watched_packages  root packages, including external ones
    allowed_modules   what may be imported, including submodules; `*` matches one name
    ignore_imports    "importer -> imported", with a reason; an entry without a match breaks the contract
    """

    type_name = "only"

    source_modules = fields.ListField(subfield=fields.StringField())
    watched_packages = fields.ListField(subfield=fields.StringField())
    allowed_modules = fields.ListField(subfield=fields.StringField())
    ignore_imports = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        found = set(self._refused(graph))
        ignored = set(self.ignore_imports or ())
        wrong = sorted(found - ignored)
        stale = sorted(ignored - found)
        return ContractCheck(kept=not wrong and not stale, metadata={"wrong": wrong, "stale": stale})

    def _refused(self, graph: ImportGraph) -> list[str]:
        modules = {name for root in self.source_modules for name in (root, *graph.find_descendants(root))}
        return [
            f"{importer} -> {imported}"
            for importer in modules
            for imported in graph.find_modules_directly_imported_by(importer)
            if imported.split(".")[0] in self.watched_packages
            and not any(covers(allowed, imported) for allowed in self.allowed_modules)
        ]

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["wrong"]:
            output.print_error(f"{line} is not allowed.", bold=False)
        for line in check.metadata["stale"]:
            output.print_error(f"{line} is ignored but does not exist.", bold=False)


def covers(pattern: str, module: str) -> bool:
    """Return whether a module matches the pattern or is below it."""
    wanted, parts = pattern.split("."), module.split(".")
    return len(parts) >= len(wanted) and all(a in ("*", b) for a, b in zip(wanted, parts, strict=False))
