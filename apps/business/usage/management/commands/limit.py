"""manage.py limit: show, set or remove what a person or organization may use."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.business.usage.meters import Meter
from apps.business.usage.models import Limit
from apps.business.usage.selectors import quota_of
from apps.business.usage.services import remove_limit, set_limit
from apps.users.accounts.models import Namespace

LIMITED = [meter.value for meter in Meter if meter is not Meter.UNCOMMITTED_BYTES]
FACTORS = {"bytes": {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}, "seconds": {"h": 3600}}
UNLIMITED = "unlimited"


class Command(BaseCommand):
    help = (
        "Show, set or remove the limits of a person or organization. What is set here decides alone, before "
        "plans, grants and the site's settings."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        show = acts.add_parser("show", help="show use and limits")
        show.add_argument("name")
        change = acts.add_parser("set", help="set a limit")
        change.add_argument("name")
        change.add_argument("meter", choices=LIMITED)
        change.add_argument(
            "value", help=f"a number with KiB, MiB, GiB, TiB or h; 0 is nothing; or {UNLIMITED}"
        )
        change.add_argument("--note", default="", help="why")
        remove = acts.add_parser("remove", help="remove a limit that was set here")
        remove.add_argument("name")
        remove.add_argument("meter", choices=LIMITED)

    def handle(self, *arguments: Any, act: str, name: str, **options: Any) -> None:
        namespace = Namespace.objects.filter(key=name.casefold()).first()
        if namespace is None:
            raise CommandError(f"There is no person or organization called {name}.")
        if act == "show":
            self.show(namespace)
            return
        meter = Meter(options["meter"])
        if act == "set":
            value = parse_value(options["value"], meter)
            set_limit(namespace.pk, meter, value, note=options["note"][:300])
        elif not remove_limit(namespace.pk, meter):
            raise CommandError(f"No limit for {meter.value} was set for {namespace.name}.")
        self.show_meter(namespace, meter)

    def show(self, namespace: Namespace) -> None:
        for name in LIMITED:
            self.show_meter(namespace, Meter(name))
        for row in Limit.objects.filter(namespace=namespace).order_by("meter", "source"):
            value = UNLIMITED if row.value is None else row.value
            self.stdout.write(f"{row.source}: {row.meter} {value} {row.note}".rstrip())

    def show_meter(self, namespace: Namespace, meter: Meter) -> None:
        quota = quota_of(namespace.pk, meter)
        limit = UNLIMITED if quota.limit is None else quota.limit
        self.stdout.write(f"{namespace.name}: {meter.value} {quota.used} of {limit}")


def parse_value(text: str, meter: Meter) -> int | None:
    """Return a limit in the meter's unit, or None for unlimited (raises CommandError)."""
    if text == UNLIMITED:
        return None
    number, factor = text, 1
    for suffix, size in FACTORS.get(meter.unit, {}).items():
        if text.endswith(suffix):
            number, factor = text.removesuffix(suffix), size
    if not number.strip().isdecimal() or int(number) * factor >= 1 << 63:
        units = ", ".join(FACTORS.get(meter.unit, {})) or "no unit"
        raise CommandError(f"{text} is not a number ({units}) or {UNLIMITED}.")
    return int(number) * factor
