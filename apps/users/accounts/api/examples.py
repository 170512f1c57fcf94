"""How the shapes of people, organisations and credentials look, for the API's document."""

from apps.core.rest_document import register_examples

AT = "2026-01-31T12:00:00Z"
PROFILE = {
    "name": "owner",
    "kind": "person",
    "full_name": "The Owner",
    "about": "",
    "website": "https://example.com",
    "created_at": AT,
    "url": "/owner",
}
GRANT = {"kind": "model", "target": "owner/tiny-llama", "need": "write"}
TOKEN = {
    "id": 7,
    "name": "notebook",
    "role": "fineGrained",
    "hint": "hf_…a1b2",
    "grants": [GRANT],
    "created_at": AT,
    "expires_at": None,
    "last_used_at": None,
}

register_examples(
    {
        "Profile": PROFILE,
        "ProfileChange": {"full_name": "The Owner", "website": "https://example.com"},
        "Own": {
            "name": "owner",
            "full_name": "The Owner",
            "email": "owner@example.com",
            "is_email_verified": True,
            "about": "",
            "website": "https://example.com",
            "is_private_by_default": False,
            "language": "en",
            "time_zone": "Europe/Paris",
            "is_staff": False,
            "created_at": AT,
            "url": "/owner",
        },
        "OwnChange": {"full_name": "The Owner", "time_zone": "Europe/Paris"},
        "NameIn": {"name": "new-name"},
        "Organisation": {
            **PROFILE,
            "name": "grove",
            "kind": "organisation",
            "full_name": "The Grove",
            "url": "/grove",
            "is_private_by_default": False,
            "role": "admin",
        },
        "NewOrganisation": {"name": "grove", "full_name": "The Grove"},
        "Member": {"name": "member", "full_name": "", "role": "write", "since": AT},
        "RoleIn": {"role": "write"},
        "Invitation": {
            "id": 3,
            "organisation": "grove",
            "person": "stranger",
            "role": "read",
            "invited_by": "owner",
            "created_at": AT,
        },
        "NewInvitation": {"person": "stranger", "role": "read"},
        "OwnOrganisation": {"name": "grove", "full_name": "The Grove", "role": "admin"},
        "Token": TOKEN,
        "NewToken": {**TOKEN, "token": "hf_…"},
        "TokenIn": {"name": "notebook", "role": "fineGrained", "grants": [GRANT], "expires_in_days": 90},
        "Program": {"client_id": "abc", "name": "Command line", "scopes": ["openid"], "since": AT},
        "Session": {
            "ip": "127.0.0.1",
            "user_agent": "Firefox",
            "created_at": AT,
            "last_seen_at": AT,
            "is_current": True,
        },
        "OwnKey": {"name": "Laptop", "created_at": AT, "last_used_at": None},
        "Email": {"email": "owner@example.com", "verified": True, "primary": True},
        "Ended": {"ended": 2},
    }
)
