"""Results of jobs."""

from apps.core.declaration import BanyanApp, Declaration


class ResultsConfig(BanyanApp):
    name = "apps.toolchain.results"
    label = "results"

    def declaration(self) -> Declaration:
        return Declaration()
