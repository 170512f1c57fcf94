"""Storage routes in the spellings of all client versions, and the token routes of the hub.

source  xet.md section 7: 1.1 omits /v1, 1.0 also uses the singular
"""

from django.urls import path, re_path

from apps.registry.repos import converters  # noqa: F401

from . import downloads, token_views, uploads

ROOT = r"^xet/(?:g[0-9]+(?:-[0-9a-f]{16})?/)?"
KEYED = r"(?P<prefix>[^/]+)/(?P<hash>[^/]+)$"
REPO = "api/<kinds:kind>/<ns:namespace>/<name:name>"

urlpatterns = [
    path(f"{REPO}/xet-read-token/<rev:revision>", token_views.read_token, name="xet-read-token"),
    path(f"{REPO}/xet-write-token/<rev:revision>", token_views.write_token, name="xet-write-token"),
    re_path(rf"{ROOT}v1/xorb-grants/{KEYED}", uploads.check_xorb, name="xet-xorb-grant"),
    re_path(rf"{ROOT}(?:v1/)?xorbs?/{KEYED}", uploads.xorb, name="xet-xorb"),
    re_path(rf"{ROOT}v2/shards$", uploads.shard_v2, name="xet-shard-v2"),
    re_path(rf"{ROOT}(?:v1/)?shards?(?:/{KEYED[:-1]})?$", uploads.shard_v1, name="xet-shard-v1"),
    re_path(
        rf"{ROOT}v2/reconstructions/(?P<hash>[^/]+)$",
        downloads.reconstruction_v2,
        name="xet-reconstruction-v2",
    ),
    re_path(
        rf"{ROOT}(?:v1/)?reconstructions?/(?P<hash>[^/]+)$",
        downloads.reconstruction_v1,
        name="xet-reconstruction-v1",
    ),
    re_path(rf"{ROOT}(?:v1/)?chunks?/{KEYED}", downloads.chunk, name="xet-chunk"),
    re_path(rf"{ROOT}fetch/(?P<hash>[0-9a-f]{{64}})$", downloads.fetch, name="xet-fetch"),
    re_path(r"^xet/(?P<rest>.*)$", downloads.unsupported, name="xet-unsupported"),
    path("v1/telemetry", downloads.telemetry, name="xet-telemetry"),
]
