"""REST API of notifications and subscriptions."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import (
    Body,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    query_choice,
    query_str,
    validated,
)
from apps.core.rest.fields import OptionalTextField, PathField, Resource, TimestampField
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, created, limit_of, no_content, page_json
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires

from .errors import TargetNotFound
from .models import DigestPeriod, Level, MailMode, Reason
from .policies import KEEP_NOTIFICATIONS, OWN_NOTIFICATIONS
from .presenters import notification_views, subscription_views
from .selectors import (
    Folder,
    inbox,
    mail_choices_of,
    notification_for,
    preferences_of,
    subscriptions_of,
)
from .services.inbox import mark, mark_all_read
from .services.preferences import forget_bounce, update_preferences
from .services.subscriptions import clear_level, set_level


@with_example(
    {
        "id": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "kind": "post",
        "reason": "mention",
        "title": "How do I resume a run?",
        "excerpt": "@member You can name the attempt.",
        "actor": "owner",
        "url": "/notes/12?post=3#post-3",
        "created_at": "2026-01-31T12:00:00.000Z",
        "read_at": None,
        "archived_at": None,
    }
)
class NotificationDetail(Resource):
    """An event in your inbox."""

    id = serializers.CharField(source="public_id")
    kind = serializers.CharField(help_text="Kind of the event, such as `post`.")
    reason = StrictChoiceField(Reason.choices, help_text="Why you are notified.")
    title = serializers.CharField()
    excerpt = OptionalTextField(help_text="Beginning of the text.")
    actor = OptionalTextField(help_text="Name of who did it; null for the site.")
    url = PathField(source="path", allow_null=True, help_text="Path of its page; null if you lost access.")
    created_at = TimestampField()
    read_at = TimestampField(allow_null=True, help_text="When the person read it.")
    archived_at = TimestampField(allow_null=True, help_text="When the person archived it.")


@with_example({"is_read": True})
class NotificationUpdate(Body):
    """Changes to a notification; what is absent stays."""

    is_read = StrictBooleanField(required=False, help_text="Whether it is read.")
    is_archived = StrictBooleanField(required=False, help_text="What is archived counts as read.")


@with_example({"kind": "post"})
class NotificationsRead(Body):
    """Which notifications to mark as read."""

    kind = StrictCharField(max_length=40, required=False, help_text="Only those of a kind.")


@with_example(
    {
        "target": "thread:12",
        "level": "watch",
        "title": "How do I resume a run?",
        "url": "/notes/12",
        "updated_at": "2026-01-31T12:00:00.000Z",
    }
)
class SubscriptionDetail(Resource):
    """What you hear of a target."""

    target = serializers.CharField(help_text="Kind and key, such as `thread:12`.")
    level = StrictChoiceField(Level.choices)
    title = OptionalTextField(help_text="Null if you lost access.")
    url = PathField(source="path", allow_null=True, help_text="Path of its page; null if you lost access.")
    updated_at = TimestampField()


@with_example({"level": "mute"})
class SubscriptionUpdate(Body):
    """A level for a target."""

    level = StrictChoiceField(Level.choices)


@with_example({"kind": "post", "mode": "digest"})
class MailChoiceDetail(Resource):
    """How you want a kind of notifications by mail."""

    kind = serializers.CharField()
    mode = StrictChoiceField(MailMode.choices)


@with_example(
    {
        "watches_own": True,
        "digest": "daily",
        "mail": [{"kind": "post", "mode": "each"}],
        "bounced_at": None,
    }
)
class NotificationPreferences(Resource):
    """Your choices for all notifications."""

    watches_own = serializers.BooleanField(help_text="Whether you watch what you start or reply to.")
    digest = StrictChoiceField(DigestPeriod.choices)
    mail = MailChoiceDetail(many=True)
    bounced_at = TimestampField(allow_null=True, help_text="When your address refused mail: none is sent.")


@with_example({"kind": "post", "mode": "digest"})
class MailChoiceUpdate(Body):
    """How you want a kind of notifications by mail."""

    kind = StrictCharField(max_length=40)
    mode = StrictChoiceField(MailMode.choices)


@with_example({"digest": "weekly", "mail": [{"kind": "post", "mode": "digest"}]})
class NotificationPreferencesUpdate(Body):
    """Changes to your choices; what is absent stays."""

    watches_own = StrictBooleanField(
        required=False, help_text="Whether one watches what one starts or writes in."
    )
    digest = StrictChoiceField(DigestPeriod.choices, required=False)
    mail = serializers.ListField(child=MailChoiceUpdate(), required=False, max_length=100)
    is_bounced = StrictBooleanField(
        required=False, help_text="False sends mail again to an address that refused some."
    )


NotificationPage = page_of(NotificationDetail, "NotificationPage")
SubscriptionPage = page_of(SubscriptionDetail, "SubscriptionPage")
NOTIFICATION_ID = in_path("notification_id", "ID of the notification.")
TARGET = in_path("target", "Kind and key of the target, such as `thread:12`.")
FOLDER = in_query("folder", Folder, "By default `inbox`, which leaves out what is archived.")
KIND = in_query("kind", str, "Only notifications of a kind.")


@requires(OWN_NOTIFICATIONS)
class Notifications(ApiView):
    @operation("list_notifications", "notifications", NotificationPage, params=[FOLDER, KIND, CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your notifications, newest first."""
        actor = actor_of(request)
        folder = Folder(query_choice(request, "folder", tuple(Folder), Folder.INBOX))
        rows = inbox(actor, folder=folder, kind=query_str(request, "kind"))
        rows = rows.select_related("event__actor__namespace")
        page = page_by_cursor(
            rows, order=("-id",), cursor=query_str(request, "cursor"), limit=limit_of(request)
        )
        shown = NotificationDetail(notification_views(actor, page.items), many=True).data
        return Response(page_json(shown, page.next_cursor))


@requires(KEEP_NOTIFICATIONS)
class ReadNotifications(ApiView):
    @operation("read_notifications", "notifications", None, status=204, body=NotificationsRead)
    def post(self, request: Request) -> Response:
        """Mark your notifications as read."""
        mark_all_read(actor=actor_of(request), kind=validated(request, NotificationsRead).get("kind", ""))
        return no_content()


@requires(OWN_NOTIFICATIONS, PATCH=KEEP_NOTIFICATIONS)
class OwnPreferences(ApiView):
    @operation("get_notification_preferences", "notifications", NotificationPreferences)
    def get(self, request: Request) -> Response:
        """Get your choices for notifications and mail."""
        return self._response(request)

    @operation(
        "update_notification_preferences",
        "notifications",
        NotificationPreferences,
        body=NotificationPreferencesUpdate,
    )
    def patch(self, request: Request) -> Response:
        """Change your choices for notifications and mail."""
        actor, data = actor_of(request), validated(request, NotificationPreferencesUpdate)
        mail = {choice["kind"]: MailMode(choice["mode"]) for choice in data.get("mail", [])}
        update_preferences(
            actor=actor, mail=mail, digest=data.get("digest"), watches_own=data.get("watches_own")
        )
        if data.get("is_bounced") is False:
            forget_bounce(actor=actor)
        return self._response(request)

    def _response(self, request: Request) -> Response:
        actor = actor_of(request)
        preferences = preferences_of(actor.user_id or 0)
        mail = [{"kind": kind, "mode": mode} for kind, mode in mail_choices_of(actor).items()]
        facts = {
            "watches_own": preferences.watches_own,
            "digest": preferences.digest,
            "mail": mail,
            "bounced_at": preferences.bounced_at,
        }
        return Response(NotificationPreferences(facts).data)


@requires(OWN_NOTIFICATIONS, PATCH=KEEP_NOTIFICATIONS)
class OneNotification(ApiView):
    @operation("get_notification", "notifications", NotificationDetail, 404, params=[NOTIFICATION_ID])
    def get(self, request: Request, notification_id: UUID) -> Response:
        """Get a notification."""
        return self._response(request, notification_id)

    @operation(
        "update_notification",
        "notifications",
        NotificationDetail,
        404,
        body=NotificationUpdate,
        params=[NOTIFICATION_ID],
    )
    def patch(self, request: Request, notification_id: UUID) -> Response:
        """Mark a notification as read or unread, archive it or take it back."""
        actor, data = actor_of(request), validated(request, NotificationUpdate)
        notification_for(actor, notification_id)
        mark(actor=actor, public_ids=[notification_id], **data)
        return self._response(request, notification_id)

    def _response(self, request: Request, notification_id: UUID) -> Response:
        actor = actor_of(request)
        (view,) = notification_views(actor, [notification_for(actor, notification_id)])
        return Response(NotificationDetail(view).data)


@requires(OWN_NOTIFICATIONS)
class Subscriptions(ApiView):
    @operation("list_subscriptions", "notifications", SubscriptionPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your subscriptions, the latest first."""
        actor = actor_of(request)
        page = page_by_cursor(
            subscriptions_of(actor),
            order=("-updated_at", "-id"),
            cursor=query_str(request, "cursor"),
            limit=limit_of(request),
        )
        shown = SubscriptionDetail(subscription_views(actor, page.items), many=True).data
        return Response(page_json(shown, page.next_cursor))


@requires(OWN_NOTIFICATIONS, PUT=KEEP_NOTIFICATIONS, DELETE=KEEP_NOTIFICATIONS)
class OneSubscription(ApiView):
    @operation("get_subscription", "notifications", SubscriptionDetail, 404, params=[TARGET])
    def get(self, request: Request, target: str) -> Response:
        """Get what you hear of a target."""
        return self._response(request, target)

    @operation(
        "set_subscription",
        "notifications",
        SubscriptionDetail,
        404,
        status=(200, 201),
        body=SubscriptionUpdate,
        params=[TARGET],
    )
    def put(self, request: Request, target: str) -> Response:
        """Watch, track or mute a target, or hear the normal amount of it."""
        level = Level(validated(request, SubscriptionUpdate)["level"])
        is_new = not subscriptions_of(actor_of(request)).filter(target=target).exists()
        set_level(actor=actor_of(request), target=target, level=level)
        response = self._response(request, target)
        return created(response.data, f"/api/v1/subscriptions/{quote(target)}") if is_new else response

    @operation("delete_subscription", "notifications", None, status=204, params=[TARGET])
    def delete(self, request: Request, target: str) -> Response:
        """Forget your level for a target: that of a broader target decides."""
        clear_level(actor=actor_of(request), target=target)
        return no_content()

    def _response(self, request: Request, target: str) -> Response:
        actor = actor_of(request)
        row = subscriptions_of(actor).filter(target=target).first()
        if row is None:
            raise TargetNotFound
        (view,) = subscription_views(actor, [row])
        return Response(SubscriptionDetail(view).data)
