"""A person's browser, as far as the demo needs one: forms with their hidden token, a cookie jar."""

from __future__ import annotations

import re

import requests

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TOKEN = re.compile(r"hf_[A-Za-z0-9]{20,}")


class Browser:
    """site  address such as http://127.0.0.1:8000"""

    def __init__(self, site: str) -> None:
        self.site, self.session = site, requests.Session()

    def submit(self, path: str, fields: dict[str, str]) -> requests.Response:
        """Open a form, fill it in, send it.

        raises  RuntimeError with the page's address if the form is shown again
        """
        page = self.session.get(self.site + path, timeout=30)
        page.raise_for_status()
        found = CSRF.search(page.text)
        if found is None:
            raise RuntimeError(f"{page.url} shows no form.")
        sent = {"csrfmiddlewaretoken": found[1], **fields}
        answer = self.session.post(page.url, data=sent, headers={"Referer": page.url}, timeout=30)
        if answer.status_code >= 400:
            raise RuntimeError(f"{page.url} was refused ({answer.status_code}).")
        return answer

    def is_signed_in(self) -> bool:
        return (
            self.session.get(f"{self.site}/settings/tokens", allow_redirects=False, timeout=30).status_code
            == 200
        )

    def sign_up_or_in(self, name: str, password: str) -> bool:
        """Return whether the person is new.

        raises  RuntimeError if the name is somebody else's
        """
        fields = {"username": name, "email": f"{name}@example.com", "password1": password}
        self.submit("/signup", fields)
        if self.is_signed_in():
            return True
        self.submit("/login", {"login": name, "password": password})
        if not self.is_signed_in():
            raise RuntimeError(f"Nobody could sign in as {name}.")
        return False

    def make_token(self) -> str:
        """Make a write token in the settings and read it off the page that shows it once."""
        page = self.submit("/settings/tokens/new", {"name": "demo", "role": "write", "expires_in_days": "30"})
        found = TOKEN.search(page.text)
        if found is None:
            raise RuntimeError("The page showed no token.")
        return found[0]
