"""URLs of the REST API of the forum."""

from django.urls import path

from . import acts, categories, topics

FORUM = "api/v1/forum"
TOPIC = f"{FORUM}/topics/<int:topic_id>"

urlpatterns = [
    path(f"{FORUM}/topics", topics.Topics.as_view(), name="api_topics"),
    path(f"{FORUM}/similar-topics", topics.SimilarTopics.as_view(), name="api_similar_topics"),
    path(TOPIC, topics.OneTopic.as_view(), name="api_topic"),
    path(f"{TOPIC}/answer", acts.Answer.as_view(), name="api_answer"),
    path(f"{TOPIC}/pin", acts.Pin.as_view(), name="api_pin"),
    path(f"{TOPIC}/archive", acts.Archive.as_view(), name="api_archive"),
    path(f"{TOPIC}/move", acts.Move.as_view(), name="api_move_topic"),
    path(f"{TOPIC}/split", acts.Split.as_view(), name="api_split_topic"),
    path(f"{TOPIC}/merge", acts.Merge.as_view(), name="api_merge_topic"),
    path(f"{TOPIC}/poll", acts.TopicPoll.as_view(), name="api_poll"),
    path(f"{TOPIC}/poll/ballot", acts.Ballot.as_view(), name="api_ballot"),
    path(f"{TOPIC}/poll/close", acts.PollClose.as_view(), name="api_close_poll"),
    path(f"{FORUM}/categories", categories.Categories.as_view(), name="api_categories"),
    path(f"{FORUM}/categories/<str:category>", categories.OneCategory.as_view(), name="api_category"),
    path(f"{FORUM}/tags", categories.Tags.as_view(), name="api_tags"),
    path("api/v1/me/bookmarks", acts.Bookmarks.as_view(), name="api_bookmarks"),
    path("api/v1/me/bookmarks/<str:post_id>", acts.OneBookmark.as_view(), name="api_bookmark"),
]
