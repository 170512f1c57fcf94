"""Create a user."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from apps.core.management.refusals import refusals_as_errors
from apps.users.accounts.models import User
from apps.users.accounts.services import create_person, set_one_time_password


class Command(BaseCommand):
    help = "Create a user. Without --password, print a one-time password to be replaced at the first sign-in."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="username")
        parser.add_argument("--email", default="", help="email address, trusted as confirmed")
        parser.add_argument("--full-name", default="", help="shown on the profile")
        parser.add_argument("--password", default="", help="password; visible in the shell history")
        parser.add_argument("--staff", action="store_true", help="grant administrator rights")
        parser.add_argument(
            "--exist-ok",
            action="store_true",
            help="succeed without changes if the user already exists",
        )

    def handle(
        self,
        *args: Any,
        name: str,
        email: str,
        full_name: str,
        password: str,
        staff: bool,
        exist_ok: bool,
        **options: Any,
    ) -> None:
        if exist_ok and User.objects.filter(namespace__key=name.casefold()).exists():
            self.stdout.write(f"{name} already exists.")
            return
        self._check(email, password)
        with refusals_as_errors(), transaction.atomic():
            user = create_person(
                name, email=email, password=password or None, full_name=full_name, is_staff=staff
            )
            one_time = "" if password else set_one_time_password(user)
        self.stdout.write(f"Created {user.username}." + (" One-time password:" if one_time else ""))
        if one_time:
            self.stdout.write(one_time)

    def _check(self, email: str, password: str) -> None:
        try:
            if email:
                validate_email(email)
            if password:
                validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        if email and EmailAddress.objects.is_verified(email):
            raise CommandError(f"Another account already uses the email address {email}.")
