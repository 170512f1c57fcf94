"""URLs of the forum."""

from django.urls import path

from . import discourse, feeds
from .api.urls import urlpatterns as api_urls
from .views import acts, administration, lists, topics

TOPIC = "forum/t/<int:topic_id>"

urlpatterns = [
    # before the pages, whose parameters would match them
    *discourse.urlpatterns,
    path("forum", lists.topics, name="forum"),
    path("forum/search", lists.search, name="forum_search"),
    path("forum/categories", lists.categories, name="forum_categories"),
    path("forum/tags", lists.tags, name="forum_tags"),
    path("forum/tags/<str:tag>", lists.tag, name="forum_tag"),
    path("forum/bookmarks", lists.bookmarks, name="forum_bookmarks"),
    path("forum/similar", lists.similar, name="forum_similar"),
    path("forum/new", topics.new_topic, name="forum_new_topic"),
    path("forum/c/<str:category>", lists.category, name="forum_category"),
    path("forum/bookmark", acts.bookmark, name="forum_bookmark"),
    path(TOPIC, topics.topic, name="forum_topic_by_id"),
    path(f"{TOPIC}/edit", topics.edit, name="forum_edit_topic"),
    path(f"{TOPIC}/answer", acts.accept, name="forum_answer"),
    path(f"{TOPIC}/pin", acts.pin, name="forum_pin"),
    path(f"{TOPIC}/pace", acts.pace, name="forum_pace"),
    path(f"{TOPIC}/archive", acts.archive, name="forum_archive"),
    path(f"{TOPIC}/move", acts.move, name="forum_move"),
    path(f"{TOPIC}/split", acts.split, name="forum_split"),
    path(f"{TOPIC}/merge", acts.merge, name="forum_merge"),
    path(f"{TOPIC}/vote", acts.vote, name="forum_vote"),
    path(f"{TOPIC}/close-poll", acts.close_poll, name="forum_close_poll"),
    path("forum/t/<str:slug>/<int:topic_id>", topics.topic, name="forum_topic"),
    path("forum/t/<str:slug>/<int:topic_id>/<int:number>", topics.numbered, name="forum_post"),
    # addresses of imported sites, at the root as they were, and below the forum
    path("t/<path:rest>", topics.old_address, name="old_topic"),
    path("c/<path:rest>", topics.old_address, name="old_category"),
    path("oembed", feeds.oembed_topic, name="oembed"),
    path("feeds/forum.atom", feeds.topics_atom, name="feed_topics_atom"),
    path("feeds/forum.json", feeds.topics_json, name="feed_topics_json"),
    path("feeds/forum/<int:topic_id>.atom", feeds.posts_atom, name="feed_posts_atom"),
    path("feeds/forum/<int:topic_id>.json", feeds.posts_json, name="feed_posts_json"),
    path("feeds/forum/people/<str:author>.atom", feeds.person_atom, name="feed_person_atom"),
    path("feeds/forum/people/<str:author>.json", feeds.person_json, name="feed_person_json"),
    path("site/forum", administration.categories, name="site_forum"),
    path("site/forum/new", administration.new_category, name="site_new_category"),
    path("site/forum/<str:category>", administration.edit_category, name="site_category"),
    path("site/forum/<str:category>/delete", administration.remove_category, name="site_delete_category"),
    *api_urls,
]
