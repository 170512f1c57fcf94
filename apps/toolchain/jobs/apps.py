"""Jobs: fine-tunes and evaluations."""

from apps.core.declaration import BanyanApp, Declaration, NamespaceHooks


class JobsConfig(BanyanApp):
    name = "apps.toolchain.jobs"
    label = "jobs"

    def declaration(self) -> Declaration:
        from .services.renames import delete_namespace_jobs, update_namespace_address

        return Declaration(
            namespace_hooks=[NamespaceHooks(renamed=update_namespace_address, removed=delete_namespace_jobs)],
        )
