"""The forum app."""


from apps.core.declaration import HOUR, BanyanApp, Declaration, PeriodicTask

MINUTE = 60.0


class ForumConfig(BanyanApp):
    name = "apps.community.forum"
    label = "forum"

    def declaration(self) -> Declaration:
        from .conversations import TopicConversations
        from .policies import POLICIES
        from .services.counters import recount_tags, rescore_topics
        from .services.placing import unpin_due_topics
        from .services.polls import close_due_polls

        return Declaration(
            policies=POLICIES,
            conversation_kinds=[TopicConversations()],
            periodic_tasks=[
                PeriodicTask(name="rescore_topics", task=rescore_topics, schedule=HOUR),
                PeriodicTask(name="recount_tags", task=recount_tags, schedule=24 * HOUR),
                PeriodicTask(name="unpin_due_topics", task=unpin_due_topics, schedule=5 * MINUTE),
                PeriodicTask(name="close_due_polls", task=close_due_polls, schedule=MINUTE),
            ],
        )
