"""Pages of accounts: profiles, settings, tokens, organisations, and the doors of programs."""
