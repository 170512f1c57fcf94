"""URLs of conversations."""

from django.urls import path

from . import api
from .views import acts, reading, writing

urlpatterns = [
    path("threads/<str:thread_id>", reading.thread_page, name="thread"),
    path("threads/<str:thread_id>/posts", reading.window, name="thread_window"),
    path("threads/<str:thread_id>/reply", writing.reply, name="thread_reply"),
    path("threads/<str:thread_id>/read", acts.read, name="thread_read"),
    path("threads/<str:thread_id>/lock", acts.lock, name="thread_lock"),
    path("diagrams/frame", reading.diagram_frame, name="diagram_frame"),
    path("posts/preview", writing.preview, name="post_preview"),
    path("posts/<str:post_id>", reading.post_page, name="post"),
    path("posts/<str:post_id>/edit", writing.edit, name="post_edit"),
    path("posts/<str:post_id>/history", reading.history, name="post_history"),
    path("posts/<str:post_id>/history/<int:number>/purge", acts.purge, name="post_purge"),
    path("posts/<str:post_id>/react", acts.react, name="post_react"),
    path("posts/<str:post_id>/delete", acts.delete, name="post_delete"),
    path("posts/<str:post_id>/restore", acts.restore, name="post_restore"),
    path("posts/<str:post_id>/hide", acts.hide, name="post_hide"),
    path("posts/<str:post_id>/show", acts.show, name="post_show"),
    path("posts/<str:post_id>/approve", acts.approve, name="post_approve"),
    path("api/v1/threads/<str:thread_id>", api.OneThread.as_view(), name="api_thread"),
    path("api/v1/threads/<str:thread_id>/posts", api.ThreadPosts.as_view(), name="api_thread_posts"),
    path("api/v1/threads/<str:thread_id>/read", api.ThreadRead.as_view(), name="api_thread_read"),
    path("api/v1/threads/<str:thread_id>/stream", api.ThreadStream.as_view(), name="api_thread_stream"),
    path("api/v1/posts/preview", api.PostPreview.as_view(), name="api_post_preview"),
    path("api/v1/posts/<str:post_id>", api.OnePost.as_view(), name="api_post"),
    path("api/v1/posts/<str:post_id>/revisions", api.PostRevisions.as_view(), name="api_post_revisions"),
    path(
        "api/v1/posts/<str:post_id>/revisions/<int:number>",
        api.OneRevision.as_view(),
        name="api_post_revision",
    ),
    path(
        "api/v1/posts/<str:post_id>/reactions/<str:emoji>",
        api.PostReaction.as_view(),
        name="api_post_reaction",
    ),
    path("api/v1/posts/<str:post_id>/restore", api.PostRestore.as_view(), name="api_post_restore"),
    path("api/v1/posts/<str:post_id>/hide", api.PostHide.as_view(), name="api_post_hide"),
    path("api/v1/posts/<str:post_id>/show", api.PostShow.as_view(), name="api_post_show"),
    path("api/v1/posts/<str:post_id>/approve", api.PostApprove.as_view(), name="api_post_approve"),
    path("api/v1/drafts", api.DraftList.as_view(), name="api_drafts"),
    path("api/v1/drafts/<str:place>", api.OneDraft.as_view(), name="api_draft"),
    path("api/v1/attachments", api.AttachmentList.as_view(), name="api_attachments"),
    path("api/v1/attachments/<str:attachment_key>", api.OneAttachment.as_view(), name="api_attachment"),
    path("attachments/<str:attachment_key>/<str:filename>", reading.attachment, name="attachment"),
]
