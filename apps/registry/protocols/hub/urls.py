"""Routes of the hub API."""

from django.urls import path, re_path

import apps.registry.repos.converters  # noqa: F401
from apps.core.web.methods import by_method
from apps.registry.repos.addresses import PREFIXES, RepoKind
from apps.registry.repos.models import AccessState

from . import (
    access_requests,
    cards,
    commit,
    duplicate,
    history,
    identity,
    info,
    lfs_files,
    listing,
    owned,
    repos,
    resolve,
    tree,
    unsupported,
    weights,
)

REPO = "api/<kinds:kind>/<ns:namespace>/<name:name>"
REQUEST = "user-access-request"

urlpatterns = [
    path("api/whoami-v2", by_method(get=identity.whoami)),
    path("api/agent-harnesses", by_method(get=identity.agent_harnesses)),
    path("api/users/<ns:name>/overview", by_method(get=identity.user_overview)),
    path("api/organizations/<ns:name>/overview", by_method(get=identity.organization_overview)),
    path("api/organizations/<ns:name>/members", by_method(get=identity.organization_members)),
    path("api/users/<ns:name>/followers", by_method(get=identity.user_followers)),
    path("api/users/<ns:name>/following", by_method(get=identity.user_followers)),
    path("api/organizations/<ns:name>/followers", by_method(get=identity.organization_followers)),
    path("api/organizations/<ns:name>/settings/repositories", by_method(get=owned.repositories)),
    path("api/settings/repositories", by_method(get=owned.repositories)),
    path("api/repos/create", by_method(post=repos.create)),
    path("api/repos/delete", by_method(delete=repos.delete)),
    path("api/repos/move", by_method(post=repos.move)),
    path("api/validate-yaml", by_method(post=cards.validate_yaml)),
    path("api/models-tags-by-type", by_method(get=listing.tags_by_type), {"kind": RepoKind.MODEL}),
    path("api/datasets-tags-by-type", by_method(get=listing.tags_by_type), {"kind": RepoKind.DATASET}),
    path("api/<kinds:kind>", by_method(get=listing.repos)),
    path("api/spaces/hardware", by_method(get=listing.hardware)),
    re_path(r"^api/(?P<rest>spaces/(?:semantic-search|templates|zero-gpu/quota))$", unsupported.other),
    path("api/<kinds:kind>/<ns:name>", unsupported.without_namespace),
    path(f"{REPO}", by_method(get=info.info)),
    path(f"{REPO}/revision/<rpath:revision>", by_method(get=info.info)),
    path(f"{REPO}/auth-check", by_method(get=identity.auth_check)),
    path(f"{REPO}/auth-check/write", by_method(get=identity.auth_check_write)),
    path(f"{REPO}/settings", by_method(put=repos.settings)),
    *[
        path(f"{REPO}/{REQUEST}/{state}", by_method(get=access_requests.list_requests), {"state": state})
        for state in AccessState
    ],
    path(f"{REPO}/{REQUEST}/handle", by_method(post=access_requests.handle)),
    path(f"{REPO}/{REQUEST}/grant", by_method(post=access_requests.grant)),
    path(f"{REPO}/tree/<rev:revision>", by_method(get=tree.tree)),
    path(f"{REPO}/tree/<rev:revision>/<rpath:path>", by_method(get=tree.tree)),
    path(f"{REPO}/paths-info/<rpath:revision>", by_method(post=tree.paths_info)),
    path(f"{REPO}/commits/<rpath:revision>", by_method(get=history.commits)),
    path(f"{REPO}/refs", by_method(get=history.refs)),
    path(
        f"{REPO}/branch/<rpath:branch>", by_method(post=history.create_branch, delete=history.delete_branch)
    ),
    path(f"{REPO}/tag/<rpath:revision>", by_method(post=history.create_tag, delete=history.delete_tag)),
    path(f"{REPO}/super-squash/<rpath:revision>", by_method(post=history.super_squash)),
    path(f"{REPO}/preupload/<rev:revision>", by_method(post=commit.preupload)),
    path(f"{REPO}/commit/<rev:revision>", by_method(post=commit.commit)),
    path(f"{REPO}/lfs-files", by_method(get=lfs_files.list_files)),
    path(f"{REPO}/lfs-files/batch", by_method(post=lfs_files.batch)),
    path(f"{REPO}/lfs-files/duplicate", by_method(post=duplicate.share_large)),
    path(f"{REPO}/duplicate", by_method(post=duplicate.duplicate)),
    path(f"{REPO}/safetensors-metadata/<rpath:path>", by_method(get=weights.safetensors_metadata)),
]
# Models last, since their paths have no prefix.
for kind, prefix in reversed(PREFIXES.items()):
    base = f"{prefix}<ns:namespace>/<name:name>"
    for route, view in (("resolve", resolve.resolve), ("raw", resolve.raw)):
        urlpatterns.append(
            path(f"{base}/{route}/<rev:revision>/<rpath:path>", by_method(get=view), {"kind": kind})
        )
        urlpatterns.append(
            path(f"{prefix}<ns:name>/{route}/<rev:revision>/<rpath:path>", unsupported.without_namespace)
        )
urlpatterns += [re_path(r"^v2/(?P<rest>.*)$", unsupported.registry)]
# Fallbacks for everything else below /api except the REST API.
urlpatterns += [
    path(f"{REPO}/<rpath:rest>", unsupported.other_of_repo),
    re_path(r"^api/(?!v\d+(?:/|$))(?P<rest>.+)$", unsupported.other),
]
