"""The package index."""

from __future__ import annotations

from apps.core.declaration import (
    HOUR,
    BanyanApp,
    Declaration,
    ErrorRenderer,
    PeriodicTask,
    RateLimit,
)


class PackagesConfig(BanyanApp):
    name = "apps.toolchain.packages"
    label = "packages"

    def declaration(self) -> Declaration:
        from .folders import FILES, METADATA
        from .policies import POLICIES
        from .routes import is_file_path, is_index_path, render_refusal
        from .services.downloads import delete_old_counts

        return Declaration(
            policies=POLICIES,
            error_renderers=[ErrorRenderer("packages", is_index_path, render_refusal)],
            rate_limits=[RateLimit("resolvers", is_file_path), RateLimit("api", is_index_path)],
            cross_origin_paths=[is_index_path],
            object_folders=[FILES, METADATA],
            reserved_words=["rss"],
            periodic_tasks=[
                PeriodicTask(name="delete_old_download_counts", task=delete_old_counts, schedule=24 * HOUR)
            ],
        )
