"""Pages of profiles, settings, tokens and organizations; OAuth endpoints."""
