"""The threads of topics."""

# name of the ConversationKind; stored with each thread
THREAD_KIND = "topic"
