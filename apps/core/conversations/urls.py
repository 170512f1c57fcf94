"""URLs of conversations."""

from django.urls import path

from .views import acts, reading, writing

urlpatterns = [
    path("threads/<int:thread_id>", reading.thread_page, name="thread"),
    path("threads/<int:thread_id>/posts", reading.window, name="thread_window"),
    path("threads/<int:thread_id>/reply", writing.reply, name="thread_reply"),
    path("threads/<int:thread_id>/read", acts.read, name="thread_read"),
    path("threads/<int:thread_id>/lock", acts.lock, name="thread_lock"),
    path("posts/preview", writing.preview, name="post_preview"),
    path("posts/<int:post_id>", reading.post_page, name="post"),
    path("posts/<int:post_id>/edit", writing.edit, name="post_edit"),
    path("posts/<int:post_id>/history", reading.history, name="post_history"),
    path("posts/<int:post_id>/react", acts.react, name="post_react"),
    path("posts/<int:post_id>/delete", acts.delete, name="post_delete"),
    path("posts/<int:post_id>/restore", acts.restore, name="post_restore"),
    path("posts/<int:post_id>/hide", acts.hide, name="post_hide"),
    path("posts/<int:post_id>/show", acts.show, name="post_show"),
    path("posts/<int:post_id>/approve", acts.approve, name="post_approve"),
    path("attachments/<str:key>/<str:name>", reading.attachment, name="attachment"),
]
