"""Conversations: threads of posts, wherever people talk on the site."""
