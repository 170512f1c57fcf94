"""REST API of moderation."""
