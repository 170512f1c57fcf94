"""Plays six tasks with the generated Python client and prints what it saw as JSON.

Runs in the environment of the generator, with the generated package on its path. Configured by URL, TOKEN,
and SESSION and CSRF of a signed-in browser.
"""

from __future__ import annotations

import json
import os
from io import BytesIO
from typing import Any

from banyan_client import AuthenticatedClient, Client
from banyan_client.api.commits import list_commits
from banyan_client.api.files import get_file_info, put_file
from banyan_client.api.jobs import create_job, get_job, list_job_events, stream_job_events
from banyan_client.api.me import create_token, get_current_token, list_my_tokens, revoke_token
from banyan_client.api.organizations import (
    create_invitation,
    create_organization,
    list_invitations,
    list_members,
)
from banyan_client.api.receipts import get_receipt
from banyan_client.api.repos import create_repo, list_repos
from banyan_client.models import (
    EventPage,
    GrantCreate,
    GrantKind,
    InvitationCreate,
    JobCreate,
    JobCreateInputs,
    JobCreateParams,
    JobState,
    NamespaceRole,
    OrganizationCreate,
    Problem,
    RepoCreate,
    RepoKind,
    RepoRef,
    TokenCreate,
    TokenRole,
)
from banyan_client.types import File, Response

URL = os.environ["URL"]
client = AuthenticatedClient(URL, os.environ["TOKEN"])
browser = Client(
    URL,
    cookies={"sessionid": os.environ["SESSION"], "csrftoken": os.environ["CSRF"]},
    headers={"X-CSRFToken": os.environ["CSRF"], "Referer": URL},
)


def made(response: Response[Any]) -> Any:
    """Return the body of a successful response."""
    assert 200 <= response.status_code < 300, response.content
    return response.parsed


def create_repositories() -> dict[str, Any]:
    body = RepoCreate(name="base", kind=RepoKind.MODEL, license_="mit")
    first, second = (
        create_repo.sync_detailed(client=client, body=body, idempotency_key="base") for _ in range(2)
    )
    made(create_repo.sync_detailed(client=client, body=RepoCreate(name="tweets", kind=RepoKind.DATASET)))
    taken = create_repo.sync_detailed(client=client, body=body)
    assert isinstance(taken.parsed, Problem)
    repo = made(first)
    return {
        "full_name": repo.full_name,
        "license": repo.license_,
        "location": first.headers["location"],
        "is_replayed": second.headers.get("idempotency-replayed") == "true" and made(second).id == repo.id,
        "taken": [taken.status_code, taken.parsed.code],
    }


def upload_a_file() -> dict[str, Any]:
    place = (RepoKind.MODEL, "owner", "base", "weights/notes.txt")
    for text in (b"first", b"second"):
        result = made(
            put_file.sync_detailed(*place, client=client, body=File(BytesIO(text)), message="Add notes")
        )
    found = made(get_file_info.sync_detailed(*place, client=client))
    newest = made(list_commits.sync_detailed(*place[:3], client=client)).items[0]
    return {
        "size_bytes": found.size_bytes,
        "is_newest": newest.sha == result.commit_sha,
        "title": newest.title,
    }


def list_by_cursor() -> list[str]:
    names: list[str] = []
    cursor: Any = None
    while True:
        options = {"cursor": cursor} if cursor else {}
        page = made(list_repos.sync_detailed(client=client, namespace="owner", limit=1, **options))
        names += [one.full_name for one in page.items]
        cursor = page.next_cursor
        if not cursor:
            return names


def order_and_watch() -> dict[str, Any]:
    inputs = JobCreateInputs.from_dict(
        {
            "model": RepoRef(kind=RepoKind.MODEL, full_name="owner/base").to_dict(),
            "dataset": RepoRef(kind=RepoKind.DATASET, full_name="owner/tweets").to_dict(),
        }
    )
    params = JobCreateParams.from_dict({"text_column": "text", "label_column": "label"})
    order = JobCreate(kind="evaluate", recipe="text-classification", inputs=inputs, params=params)
    job = made(create_job.sync_detailed(client=client, body=order))
    assert job.state is JobState.QUEUED
    stream = made(stream_job_events.sync_detailed(job.id, client=client))
    data = [json.loads(line[len("data:") :]) for line in stream.splitlines() if line.startswith("data:")]
    streamed = [one for one in data if "id" in one]
    events = made(list_job_events.sync_detailed(job.id, client=client, limit=200)).items
    job = made(get_job.sync_detailed(job.id, client=client))
    return {
        "state": job.state.value,
        "kinds": [one.kind for one in events],
        "is_same": EventPage.from_dict({"items": streamed, "next_cursor": None}).items == events,
        "receipt": str(job.receipt_id),
    }


def manage_tokens_and_members() -> dict[str, Any]:
    made(create_organization.sync_detailed(client=browser, body=OrganizationCreate(name="meadow")))
    grant = GrantCreate(kind=GrantKind.ORGANIZATION, target="meadow", permission=NamespaceRole.ADMIN)
    body = TokenCreate(name="members", role=TokenRole.FINE_GRAINED, grants=[grant])
    token = made(create_token.sync_detailed(client=browser, body=body))
    machine = AuthenticatedClient(URL, token.token)
    own = made(get_current_token.sync_detailed(client=machine))
    invited = InvitationCreate(person="stranger", role=NamespaceRole.WRITE)
    made(create_invitation.sync_detailed("meadow", client=machine, body=invited))
    members = made(list_members.sync_detailed("meadow", client=machine)).items
    invitations = made(list_invitations.sync_detailed("meadow", client=machine)).items
    made(revoke_token.sync_detailed(token.id, client=browser))
    kept = [one.id for one in made(list_my_tokens.sync_detailed(client=browser)).items]
    return {
        "grants": [[one.target, one.permission.value] for one in own.grants],
        "is_revoked": token.id not in kept,
        "members": [[one.name, one.role.value] for one in members],
        "invitations": [[one.person, one.role.value] for one in invitations],
    }


def read_a_receipt(receipt: str) -> list[Any]:
    found = made(get_receipt.sync_detailed(receipt, client=client))
    return [found.algorithm, len(found.signature)]


def main() -> None:
    seen = {
        "create": create_repositories(),
        "upload": upload_a_file(),
        "list": list_by_cursor(),
        "watch": order_and_watch(),
        "manage": manage_tokens_and_members(),
    }
    seen["receipt"] = read_a_receipt(seen["watch"].pop("receipt"))
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
