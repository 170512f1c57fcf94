"""REST API of conversations."""

from .attachments import AttachmentList, OneAttachment
from .drafts import DraftList, OneDraft
from .posts import (
    OnePost,
    OneRevision,
    PostApprove,
    PostHide,
    PostPreview,
    PostReaction,
    PostRestore,
    PostRevisions,
    PostShow,
)
from .threads import OneThread, ThreadPosts, ThreadRead, ThreadStream

__all__ = [
    "AttachmentList",
    "DraftList",
    "OneAttachment",
    "OneDraft",
    "OnePost",
    "OneRevision",
    "OneThread",
    "PostApprove",
    "PostHide",
    "PostPreview",
    "PostReaction",
    "PostRestore",
    "PostRevisions",
    "PostShow",
    "ThreadPosts",
    "ThreadRead",
    "ThreadStream",
]
