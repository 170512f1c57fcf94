"""A minimal browser for the demo: forms with CSRF tokens, and a cookie jar."""

from __future__ import annotations

import re

import requests

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TOKEN = re.compile(r"hf_[A-Za-z0-9]{20,}")


class Browser:
    """site  URL such as http://127.0.0.1:8000"""

    def __init__(self, site: str) -> None:
        self.site, self.session = site, requests.Session()

    def submit(self, path: str, fields: dict[str, str]) -> requests.Response:
        """Open a form, fill it in and submit it.

        raises  RuntimeError with the page's URL if that fails
        """
        page = self.session.get(self.site + path, timeout=30)
        page.raise_for_status()
        found = CSRF.search(page.text)
        if found is None:
            raise RuntimeError(f"{page.url} has no form.")
        data = {"csrfmiddlewaretoken": found[1], **fields}
        response = self.session.post(page.url, data=data, headers={"Referer": page.url}, timeout=30)
        if response.status_code >= 400:
            raise RuntimeError(f"{page.url} answered {response.status_code}.")
        return response

    def is_signed_in(self) -> bool:
        return (
            self.session.get(f"{self.site}/settings/tokens", allow_redirects=False, timeout=30).status_code
            == 200
        )

    def sign_up_or_in(self, name: str, password: str) -> bool:
        """Return whether an account was created.

        raises  RuntimeError if the username is taken by someone else
        """
        fields = {"username": name, "email": f"{name}@example.com", "password1": password}
        self.submit("/signup", fields)
        if self.is_signed_in():
            return True
        self.submit("/login", {"login": name, "password": password})
        if not self.is_signed_in():
            raise RuntimeError(f"Could not sign up or sign in as {name}.")
        return False

    def create_token(self) -> str:
        """Create a write token in the settings and read it from the page that shows it once."""
        page = self.submit("/settings/tokens/new", {"name": "demo", "role": "write", "expires_in_days": "30"})
        found = TOKEN.search(page.text)
        if found is None:
            raise RuntimeError("The page does not show a token.")
        return found[0]
