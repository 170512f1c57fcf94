"""What an app tells the site about itself, once, in its AppConfig; core and the project read it here."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import IntEnum, StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

from django.apps import AppConfig, apps
from django.contrib.sitemaps import Sitemap
from django.http import HttpRequest, HttpResponse

from .actor import Actor
from .errors import Refusal

Matches = Callable[[str], bool]
# lazily translated strings are no str, but become one
Text = Any


class NamedPolicy(Protocol):
    """A Policy of `core.web.policies`, which every view has one of."""

    @property
    def name(self) -> str: ...

    @property
    def words(self) -> str: ...


class TabbedProvider(Protocol):
    """A search provider of `core.search.providers`."""

    @property
    def tabs(self) -> Sequence[Any]: ...

    @property
    def order(self) -> int: ...


class NamedFolder(Protocol):
    """A folder of `core.objects.folders`."""

    @property
    def name(self) -> str: ...


class NamedKind(Protocol):
    """A ConversationKind of `core.conversations.providers`."""

    @property
    def name(self) -> str: ...


class NamedNotifications(Protocol):
    """A NotificationKind or TargetKind of `core.notifications.providers`."""

    @property
    def name(self) -> str: ...


class NamedContentKind(Protocol):
    """A ModeratedKind of `core.moderation.providers`."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReference:
    """A page of this site as posts that link to it show it.

    icon  name in the sprite
    kind  what it is, such as "Model"
    note  a short fact next to the title, may be empty
    """

    title: str
    icon: str
    kind: Text
    note: Text = ""


@dataclass(frozen=True, slots=True)
class ReferenceProvider:
    """Names an app's pages for posts that link to them.

    pattern  matches whole paths that the provider may know
    find     takes the reader and such paths, and returns those pages that they may see, in one query
    """

    pattern: re.Pattern[str]
    find: Callable[[Actor, Collection[str]], Mapping[str, PageReference]]


class OwnNamespace(Protocol):
    """A person's or an organization's namespace, a row of accounts."""

    @property
    def pk(self) -> int: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ErrorRenderer:
    """How a protocol reports a refusal. Of several that match a path, the first declared one renders."""

    name: str
    matches: Matches
    render: Callable[[HttpRequest, Refusal], HttpResponse]


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Paths whose requests are counted together; the first match counts.

    resource  key of `RATE_LIMITS` in the settings
    """

    resource: str
    matches: Matches


@dataclass(frozen=True, slots=True)
class DiskFullError:
    """A library's error that may hide a full disk.

    folder  returns where the library writes; the error means a full disk if no space is left there
    """

    kind: type[BaseException]
    folder: Callable[[], Path | str]


@dataclass(frozen=True, slots=True)
class ApiTag:
    """A group of operations in the document and reference of the REST API.

    title        heading in the reference, marked for translation
    about        a sentence below the heading
    is_internal  its operations serve parts of the site, such as workers, and have a document of their own
    """

    name: str
    title: str
    about: str = ""
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class ApiCodes:
    """Codes in resources of the REST API besides those of errors, listed in its reference.

    key    fragment of the table's address
    title  heading, marked for translation
    about  what they have in common and what to do, marked for translation
    codes  a title for each code, marked for translation
    """

    key: str
    title: str
    about: str
    codes: Mapping[str, str]


class Place(StrEnum):
    """Where a navigation entry is shown; the menu replaces the header on narrow screens.

    Tools are icons in the header, on every screen.
    """

    HEADER = "header"
    TOOLS = "tools"
    MENU = "menu"
    PALETTE = "palette"
    ACCOUNT = "account"
    SETTINGS = "settings"
    SECURITY = "security"


def everyone(actor: Actor) -> bool:
    return True


def signed_in(actor: Actor) -> bool:
    return actor.is_signed_in


def anonymous(actor: Actor) -> bool:
    return not actor.is_signed_in


def staff(actor: Actor) -> bool:
    return actor.is_staff


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationEntry:
    """A link to a page from the header, the command palette, the account menu or the settings.

    path         or a function of the actor that returns it
    icon         name in the sprite
    places       where it is shown, and its order there: lowest first, a line between the hundreds
    short_label  in the header, if the label is long
    keys         shortcut, such as `g m`
    is_shown     decides for an actor
    count        returns how much is new, for a tool
    """

    label: Text
    path: str | Callable[[Actor], str]
    icon: str
    places: Mapping[Place, int]
    short_label: Text = ""
    keys: str = ""
    is_shown: Callable[[Actor], bool] = everyone
    count: Callable[[Actor], int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSection:
    """A section on the page of a person or an organization.

    key     fragment of its address
    order   lowest first
    count   returns how many objects the reader may see
    render  returns safe HTML that needs no scripts, or an empty string to leave the section out
    path    returns the page with the whole list
    """

    key: str
    label: Text
    render: Callable[[Any, OwnNamespace], str]
    order: int = 500
    count: Callable[[Any, OwnNamespace], int] | None = None
    path: Callable[[OwnNamespace], str] | None = None


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed of what is new on the site in one format; `?author=` limits it to a namespace."""

    title: Text
    path: str
    media_type: str


@dataclass(frozen=True, slots=True)
class SitemapSection:
    """The public pages of one kind; `/sitemaps/KEY.xml` lists them."""

    key: str
    pages: Sitemap[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicTask:
    """A service that the light worker calls on a schedule; it may safely run twice.

    name      unique on the site, such as `sweep_uploads`
    task      takes nothing; what it returns is logged unless it is 0 or empty
    schedule  in seconds, or a crontab
    """

    name: str
    task: Callable[[], object]
    schedule: Any

    @property
    def celery_name(self) -> str:
        return f"light.{self.name}"


@dataclass(frozen=True, slots=True)
class Gauge:
    """What one app holds for namespaces now; the gauges of a meter are added up.

    meter    a meter of the business domain
    measure  returns the amount by namespace id; absent is 0
    recount  compares the app's counts with what it holds and returns the corrections, which it makes unless
             its argument (dry run) is true; for an app that counts as things change
    """

    meter: str
    measure: Callable[[Collection[int]], Mapping[int, int]]
    recount: Callable[[bool], Sequence[Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceHooks:
    """What an app does in the transaction that renames or deletes a namespace.

    renamed            takes the namespace and its key before
    removed            deletes what the app stores; raises a Refusal to prevent the deletion
    deletion_blockers  returns translated sentences on why it cannot be deleted yet
    """

    renamed: Callable[[Any, str], None] | None = None
    removed: Callable[[Any], None] | None = None
    deletion_blockers: Callable[[Any], list[str]] | None = None


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page of site administration, listed for the staff."""

    label: Text
    path: str
    icon: str = "settings"
    about: Text = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a person gets mail, and in which language.

    email  a confirmed address
    """

    email: str
    language: str


# refuses (OverQuota) what a namespace may not store: takes its id and how many bytes more
StorageCheck = Callable[[int, int], None]
# takes names in lower case and returns the paths of the pages of those that exist
NameDirectory = Callable[[Collection[str]], Mapping[str, str]]
# takes names in lower case and returns the ids of those people who exist
PeopleDirectory = Callable[[Collection[str]], Mapping[str, int]]
# takes ids of people and returns those who have a confirmed address and may sign in
MailDirectory = Callable[[Collection[int]], Mapping[int, Recipient]]
# takes the id of a person and returns them as an actor; None if they may not sign in
PersonActors = Callable[[int], Actor | None]
# takes an address and returns the ids of people who confirmed it
AddressDirectory = Callable[[str], Collection[int]]
# takes the id of an author and ids of people, and returns those who want to hear nothing of the author
BlockList = Callable[[int, Collection[int]], Collection[int]]

# takes ids of people and a time, and returns the Statistics of `core.moderation.providers` by id
TrustStatistics = Callable[[Collection[int], datetime | None], Mapping[int, Any]]
# refuses a person who may neither sign in nor use tokens: takes their id
AccountCheck = Callable[[int], None]


class UrlOrder(IntEnum):
    """Where an app's paths stand: fixed ones first, and last those where a name can be any word."""

    FIXED = 0
    PROTOCOLS = 1
    NAMES = 2


HOUR = 3600.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Declaration:
    """What the site needs to know of an app.

    reserved_words  names that nobody can take, besides the first segments of all paths
    url_order       of its urls.py, if it has one
    """

    policies: Sequence[NamedPolicy] = ()
    error_renderers: Sequence[ErrorRenderer] = ()
    rate_limits: Sequence[RateLimit] = ()
    cross_origin_paths: Sequence[Matches] = ()
    raw_paths: Sequence[re.Pattern[str]] = ()
    disk_full_errors: Sequence[DiskFullError] = ()
    search_providers: Sequence[TabbedProvider] = ()
    api_tags: Sequence[ApiTag] = ()
    api_codes: Sequence[ApiCodes] = ()
    navigation: Sequence[NavigationEntry] = ()
    profile_sections: Sequence[ProfileSection] = ()
    feeds: Sequence[FeedLink] = ()
    sitemaps: Sequence[SitemapSection] = ()
    reserved_words: Collection[str] = ()
    periodic_tasks: Sequence[PeriodicTask] = ()
    gauges: Sequence[Gauge] = ()
    object_folders: Sequence[NamedFolder] = ()
    namespace_hooks: Sequence[NamespaceHooks] = ()
    site_pages: Sequence[SitePage] = ()
    storage_checks: Sequence[StorageCheck] = ()
    conversation_kinds: Sequence[NamedKind] = ()
    moderated_kinds: Sequence[NamedContentKind] = ()
    trust_statistics: Sequence[TrustStatistics] = ()
    account_checks: Sequence[AccountCheck] = ()
    name_directories: Sequence[NameDirectory] = ()
    people_directories: Sequence[PeopleDirectory] = ()
    mail_directories: Sequence[MailDirectory] = ()
    address_directories: Sequence[AddressDirectory] = ()
    person_actors: Sequence[PersonActors] = ()
    notification_kinds: Sequence[NamedNotifications] = ()
    target_kinds: Sequence[NamedNotifications] = ()
    block_lists: Sequence[BlockList] = ()
    reference_providers: Sequence[ReferenceProvider] = ()
    url_order: UrlOrder = field(default=UrlOrder.FIXED, metadata={"of_one_app": True})


class BanyanApp(AppConfig):
    """An app that declares itself. Imports of its own modules stand inside the method: models load later."""

    default = False

    def __init_subclass__(cls) -> None:
        cls.default = True

    def declaration(self) -> Declaration:
        return Declaration()

    @cached_property
    def declared(self) -> Declaration:
        return self.declaration()


def banyan_apps() -> tuple[BanyanApp, ...]:
    """Return the installed apps that declare themselves, in the order of INSTALLED_APPS."""
    return tuple(config for config in apps.get_app_configs() if isinstance(config, BanyanApp))


def declared() -> Declaration:
    """Return the declarations of all installed apps as one, in the order of INSTALLED_APPS."""
    apps.check_models_ready()
    return _joined(banyan_apps())


@lru_cache(maxsize=4)
def _joined(installed: tuple[BanyanApp, ...]) -> Declaration:
    shared = [one.name for one in fields(Declaration) if "of_one_app" not in one.metadata]
    items: dict[str, Any] = {
        name: tuple(item for app in installed for item in getattr(app.declared, name)) for name in shared
    }
    return Declaration(**items)


def api_tags() -> list[ApiTag]:
    """Return the tags of all apps: those of the upper domains first, within a domain as installed."""
    installed = list(banyan_apps())
    domains = list(dict.fromkeys(app.name.rpartition(".")[0] for app in reversed(installed)))
    ordered = sorted(installed, key=lambda app: domains.index(app.name.rpartition(".")[0]))
    return [tag for app in ordered for tag in app.declared.api_tags]
