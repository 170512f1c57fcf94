"""Changing conversations: threads, posts, reactions, drafts, attachments, read marks."""
