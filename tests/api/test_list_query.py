"""Old links to lists still filter."""

import re
from html import unescape

from tests.makers import a_repo
from tests.seed import commit_files


def test_the_earlier_spelling_of_license_filters_too(client, cast):
    for name, license in (("alpha", "mit"), ("beta", "apache-2.0")):
        card = f"---\nlicense: {license}\n---\n\n# {name}\n"
        commit_files(cast.owner, a_repo(cast.owner, name), {"README.md": card})

    page = unescape(client.get("/models", {"search": "a", "licence": "mit"}).content.decode())

    assert re.findall(r'<a href="/owner/([\w.-]+)" title', page) == ["alpha"]
    assert 'href="?search=a&license=apache-2.0"' in page
