"""The app of the client protocols."""

from apps.core.declaration import BanyanApp, Declaration, ErrorRenderer, RateLimit, UrlOrder


class ProtocolsConfig(BanyanApp):
    name = "apps.registry.protocols"
    label = "protocols"

    def declaration(self) -> Declaration:
        """The first error renderer that matches wins, so the narrowest paths come first."""
        from .git import errors as git
        from .git import policies as git_policies
        from .hub import errors as hub
        from .hub import policies as hub_policies
        from .lfs import errors as lfs
        from .lfs import policies as lfs_policies
        from .openai import errors as openai
        from .openai import policies as openai_policies
        from .xet import errors as xet
        from .xet import policies as xet_policies

        return Declaration(
            url_order=UrlOrder.PROTOCOLS,
            policies=[
                *git_policies.POLICIES,
                *hub_policies.POLICIES,
                *lfs_policies.POLICIES,
                *openai_policies.POLICIES,
                *xet_policies.POLICIES,
            ],
            error_renderers=[
                ErrorRenderer("openai", openai.is_openai_path, openai.render),
                ErrorRenderer("xet", xet.is_xet_path, xet.render),
                ErrorRenderer("lfs", lfs.is_lfs_path, lfs.render),
                ErrorRenderer("git", git.is_git_path, git.render),
                ErrorRenderer("hub", hub.is_hub_path, hub.render),
                ErrorRenderer("registry", hub.is_registry_path, hub.render_registry),
            ],
            reserved_words=["uploads", "v2"],
            rate_limits=[RateLimit("resolvers", hub.is_file_path), RateLimit("api", openai.is_openai_path)],
            cross_origin_paths=[openai.is_openai_path, xet.is_xet_path, lfs.is_lfs_path, hub.is_file_path],
        )
