"""Forms of moderation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import (
    NOTE_LIMIT_CHARACTERS,
    STATEMENT_LIMIT_CHARACTERS,
    Act,
    BanKind,
    ReportReason,
    SanctionKind,
    SavedReply,
    SwitchMode,
    TrustLevel,
)

DAYS = [
    ("1", _("One day")),
    ("7", _("One week")),
    ("30", _("30 days")),
    ("365", _("One year")),
    ("", _("Without end")),
]
HOURS = [("1", _("One hour")), ("6", _("6 hours")), ("24", _("One day")), ("168", _("One week"))]
ACTS = [
    (Act.APPROVE.value, _("Approve")),
    (Act.APPROVE_AND_TRUST.value, _("Approve and trust")),
    (Act.DECLINE.value, _("Decline")),
    (Act.DECLINE_AND_BLOCK.value, _("Decline and block the author")),
]
BULK_LIMIT = 100


def _reason(label: Any = "", **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(
        label=label or _("Reason"), max_length=STATEMENT_LIMIT_CHARACTERS, widget=widget, **options
    )


class DecisionForm(forms.Form):
    """A decision on one or several reviews; without a statement, the saved reply is one."""

    act = forms.ChoiceField(choices=ACTS)
    reply = forms.ModelChoiceField(SavedReply.objects.all(), to_field_name="public_id", required=False)
    statement = forms.CharField(max_length=STATEMENT_LIMIT_CHARACTERS, required=False)

    def text(self) -> str:
        reply = self.cleaned_data["reply"]
        return str(self.cleaned_data["statement"] or (reply.text if reply else ""))


class ReportForm(forms.Form):
    content = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("What is wrong with it?"), choices=ReportReason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("What should moderators know?"),
        max_length=NOTE_LIMIT_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AppealForm(forms.Form):
    note = forms.CharField(max_length=NOTE_LIMIT_CHARACTERS, required=False)


class SanctionForm(forms.Form):
    kind = forms.ChoiceField(label=_("Sanction"), choices=SanctionKind.choices)
    days = forms.ChoiceField(label=_("How long"), choices=DAYS, required=False, initial="7")
    reason = _reason(help_text=_("The person reads it."))

    def facts(self) -> dict[str, Any]:
        days = self.cleaned_data["days"]
        until = timezone.now() + timedelta(days=int(days)) if days else None
        return {
            "kind": SanctionKind(self.cleaned_data["kind"]),
            "reason": self.cleaned_data["reason"],
            "until": until,
        }


class RemovalForm(forms.Form):
    removal_reason = _reason(help_text=_("The person reads it."))


class TrustForm(forms.Form):
    level = forms.TypedChoiceField(
        label=_("Trust level"),
        choices=[("", _("Earned")), *TrustLevel.choices],
        coerce=lambda value: TrustLevel(int(value)),
        empty_value=None,
        required=False,
    )


class SwitchForm(forms.Form):
    mode = forms.ChoiceField(label=_("Who is held off"), choices=SwitchMode.choices)
    hours = forms.ChoiceField(label=_("How long"), choices=HOURS)
    reason = _reason(help_text=_("People read it when they want to post."))
    is_sign_up_off = forms.BooleanField(label=_("Also close the sign-up"), required=False)

    def facts(self) -> dict[str, Any]:
        return {
            "mode": SwitchMode(self.cleaned_data["mode"]),
            "reason": self.cleaned_data["reason"],
            "lasts": timedelta(hours=int(self.cleaned_data["hours"])),
            "is_sign_up_off": self.cleaned_data["is_sign_up_off"],
        }


class BanForm(forms.Form):
    kind = forms.ChoiceField(label=_("What"), choices=BanKind.choices)
    value = forms.CharField(
        label=_("Domain or network"),
        max_length=255,
        help_text=_("Such as mail.example or 192.0.2.0/24. Subdomains are included."),
    )
    days = forms.ChoiceField(label=_("How long"), choices=DAYS, required=False, initial="30")
    reason = _reason()

    def facts(self) -> dict[str, Any]:
        days = self.cleaned_data["days"]
        until = timezone.now() + timedelta(days=int(days)) if days else None
        data = self.cleaned_data
        return {
            "kind": BanKind(data["kind"]),
            "value": data["value"],
            "reason": data["reason"],
            "until": until,
        }


class ReplyForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=100)
    text = _reason(_("Text"))
