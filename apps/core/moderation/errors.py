"""Refusals of moderation."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, Forbidden, NotFound, TooMany, Unauthenticated, ValidationFailed


class ReviewNotFound(NotFound):
    code = "ReviewNotFound"
    default = _("Review not found.")


class ReviewHidden(Unauthenticated):
    """A review, to anonymous users."""

    code = "ReviewNotFound"
    default = _("Sign in to see this.")


class ReportNotFound(NotFound):
    code = "ReportNotFound"
    default = _("Report not found.")


class ReportHidden(Unauthenticated):
    """A report, to anonymous users."""

    code = "ReportNotFound"
    default = _("Sign in to see this.")


class ContentNotFound(NotFound):
    """There is no such content, or the person may not see it."""

    code = "ContentNotFound"
    default = _("Content not found.")


class PersonNotFound(NotFound):
    code = "PersonNotFound"
    default = _("Person not found.")


class RemovalNotFound(NotFound):
    code = "RemovalNotFound"
    default = _("Removal not found.")


class SanctionNotFound(NotFound):
    code = "SanctionNotFound"
    default = _("Sanction not found.")


class ReviewDecided(Conflict):
    code = "ReviewDecided"
    default = _("This review was decided meanwhile.")


class ReviewClaimed(Conflict):
    """Another moderator works on it; the facts name them."""

    code = "ReviewClaimed"
    default = _("Another moderator is working on this review.")


class UndoExpired(Conflict):
    code = "UndoExpired"
    default = _("This decision can't be undone anymore.")


class AlreadyReported(Conflict):
    code = "AlreadyReported"
    default = _("You have reported this already.")


class AlreadyAppealed(Conflict):
    code = "AlreadyAppealed"
    default = _("You have appealed this decision already.")


class ReasonRequired(ValidationFailed):
    code = "ReasonRequired"
    default = _("State the reason for this decision.")


class InvalidBan(ValidationFailed):
    code = "InvalidBan"
    default = _("This is no mail domain or network.")


class StaffProtected(Forbidden):
    code = "StaffProtected"
    default = _("Members of the staff can't be sanctioned. Revoke their rights first.")


class Silenced(Forbidden):
    """The person may read, but not write; the facts say until when."""

    code = "Silenced"
    default = _("You can't post at the moment.")


class AccountSuspended(Forbidden):
    """The person can neither sign in nor use tokens; the facts say until when."""

    code = "AccountSuspended"
    default = _("This account is suspended.")


class Banned(Forbidden):
    code = "Banned"
    default = _("Posting and signing up is not possible from this network or with this mail domain.")


class PostingPaused(Forbidden):
    """The emergency switch is on; the facts say why and until when."""

    code = "PostingPaused"
    default = _("Posting is paused for new accounts.")


class NewAccountLimit(TooMany):
    code = "NewAccountLimit"
    default = _("New accounts can only post so much on their first day. Come back tomorrow.")


class TooManyReports(TooMany):
    code = "TooManyReports"
    default = _("You have sent many reports today. Come back tomorrow.")


class ReplyNotFound(NotFound):
    code = "ReplyNotFound"
    default = _("Saved reply not found.")


class TooManyReplies(Conflict):
    code = "TooManyReplies"
    default = _("There are too many saved replies. Delete one first.")


class SwitchOff(NotFound):
    """The emergency switch is off."""

    code = "SwitchOff"
    default = _("The emergency switch is off.")


class DecisionNotFound(NotFound):
    code = "DecisionNotFound"
    default = _("Decision not found.")
