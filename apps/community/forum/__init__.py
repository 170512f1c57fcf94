"""The forum: categories of topics, each a conversation."""
