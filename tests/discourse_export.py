"""A folder as an export of a Discourse site leaves it."""

from __future__ import annotations

import json
from pathlib import Path

SOURCE = "https://forum.example.com"
DAY = "2020-05-0{}T10:00:00.000Z"


def a_site(folder: Path, topics: int = 2, replies: int = 2) -> None:
    """Write an export: three categories, two users of which one has an account here, topics with replies."""
    files = {
        "categories": [
            {"id": 5, "name": "Support", "slug": "support", "position": 1},
            {"id": 6, "name": "Staff", "slug": "staff", "read_restricted": True},
            {"id": 7, "name": "Hardware", "slug": "support", "parent_category_id": 5},
        ],
        "users": [
            {"id": 1, "username": "owner", "email": "owner@example.com"},
            {"id": 2, "username": "gone", "email": "gone@example.com"},
        ],
        "topics": [
            {
                "id": 40 + n,
                "title": f"Question {n}",
                "category_id": 5,
                "created_at": DAY.format(1),
                "tags": ["gpu"],
                "has_accepted_answer": n == 0,
            }
            for n in range(topics)
        ],
        "posts": [
            {
                "id": 100 * n + number,
                "topic_id": 40 + n,
                "post_number": number,
                "user_id": 1 if number == 1 else 2,
                "username": "owner" if number == 1 else "gone",
                "created_at": DAY.format(number),
                "raw": f"Post {number} <script>alert(1)</script>",
                "accepted_answer": n == 0 and number == 2,
                "reply_to_post_number": 1 if number == 2 else None,
            }
            for n in range(topics)
            for number in range(1, replies + 2)
        ],
    }
    for name, rows in files.items():
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
