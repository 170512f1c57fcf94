"""Sample topics: a solved question, a poll, an announcement, a discussion in Chinese."""

from __future__ import annotations

from apps.community.forum.models import Category, PinnedTo, Topic, TopicKind
from apps.community.forum.services import answers, bookmarks, placing
from apps.community.forum.services.polls import PollPlan, vote
from apps.core.conversations.services.reactions import set_reaction
from tests.forum_makers import a_category, a_private_category, a_reply, a_topic
from tests.makers import Cast

QUESTION = """My fine-tune of [tiny-encoder](https://example.com) stops at 61 % accuracy, whatever I do.

```python
trainer = Trainer(model, args, train_dataset=rows)
trainer.train()
```

| epoch | loss | accuracy |
| ---: | ---: | ---: |
| 1 | 0.69 | 0.58 |
| 2 | 0.66 | 0.61 |

What I tried:

- [x] a smaller learning rate
- [ ] more rows
"""
ANSWER = (
    "Your labels are sorted, so each batch holds one class. **Shuffle the rows** first:\n\n> `shuffle=True`"
)
FOLLOWING = "It was the order, @member. Thanks! Now it reaches 88 %."
CHINESE = "我在微调时显存不够，减小批大小之后训练变得很慢。大家一般怎么处理？"
POLL = PollPlan(["Shorter guides", "More examples", "Videos"])
FORUM_PAGES_FOR_ANYBODY = {
    "forum": "/forum",
    "forum-top": "/forum?list=top&period=month",
    "forum-category": "/forum/c/training",
    "forum-categories": "/forum/categories",
    "forum-tag": "/forum/tags/fine-tuning",
    "forum-tags": "/forum/tags",
    "forum-search": "/forum/search?q=accuracy",
}
FORUM_PAGES_FOR_THE_OWNER = {
    "forum-new": "/forum/new?category=training",
    "forum-unread": "/forum?list=unread",
    "forum-bookmarks": "/forum/bookmarks",
}


def a_forum(cast: Cast) -> dict[str, str]:
    """Fill the forum; return the paths of topics, which the owner of the scene opens."""
    general = a_category(cast, "General", about="Everything about the site and the people on it.")
    training = a_category(
        cast,
        "Training",
        about="Fine-tunes, evaluations and what goes wrong in them.",
        template="## What I did\n\n## What I expected\n",
    )
    a_category(cast, "Hardware", parent=training)
    a_private_category(cast, "Grove", about="For members of the organization.")
    announcement = a_topic(
        cast.staff, general, "Read this before you ask", kind=TopicKind.ANNOUNCEMENT, source="Be kind."
    )
    placing.pin_topic(actor=cast.staff.actor, public_id=announcement.public_id, pinned_to=PinnedTo.SITE)
    poll = a_topic(
        cast.member, general, "What should the guides have?", kind=TopicKind.POLL, poll=POLL, source="Choose."
    )
    for person, position in ((cast.owner, 1), (cast.member, 1), (cast.stranger, 0)):
        vote(actor=person.actor, public_id=poll.public_id, positions=[position])
    a_topic(cast.stranger, training, "显存不够时如何微调大模型", source=CHINESE, tags=["显存"])
    question = _question(cast, training)
    return {"forum-topic": question.get_absolute_url(), "forum-poll": poll.get_absolute_url()}


def _question(cast: Cast, training: Category) -> Topic:
    topic = a_topic(
        cast.owner,
        training,
        "Fine-tune stays at 61 % accuracy",
        kind=TopicKind.QUESTION,
        source=QUESTION,
        tags=["fine-tuning", "accuracy"],
    )
    answer = a_reply(cast.member, topic, ANSWER)
    answers.accept_answer(actor=cast.owner.actor, public_id=topic.public_id, post_id=answer.pk)
    a_reply(cast.owner, topic, FOLLOWING, reply_to=answer.pk)
    bookmarks.add_bookmark(actor=cast.owner.actor, post_id=answer.pk)
    for person in (cast.owner, cast.stranger):
        set_reaction(actor=person.actor, post_id=answer.pk, emoji="👍", is_on=True)
    return topic
