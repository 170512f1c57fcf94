"""Moderation: what is held before publication, how reports count, and how trust is earned."""

from ecosystem import env

HOLD_SCORE = env.HOLD_SCORE
HOLD_SCORE_NEW = env.HOLD_SCORE_NEW
NEW_ACCOUNT_REVIEWED_POSTS = env.NEW_ACCOUNT_REVIEWED_POSTS
NEW_ACCOUNT_THREADS = env.NEW_ACCOUNT_THREADS
NEW_ACCOUNT_REPLIES = env.NEW_ACCOUNT_REPLIES
NEW_ACCOUNT_LINKS = env.NEW_ACCOUNT_LINKS
REPORT_HIDE_WEIGHT = env.REPORT_HIDE_WEIGHT
REPORTS_PER_DAY = env.REPORTS_PER_DAY
REVIEW_UNDO_SECONDS = env.REVIEW_UNDO_MINUTES * 60
# what each rule adds to the score of a text that breaks it; 0 turns it off
RULE_SCORES = env.numbers_of(
    "RULE_SCORES",
    env.RULE_SCORES,
    {
        "links": 25,
        "duplicate": 60,
        "pace": 0 if env.TESTING else 40,
        "disposable_mail": 30,
        "honeypot": 100,
        "too_quick": 0 if env.TESTING else 40,
        "no_proof": 30,
    },
)
# what a person must reach for a level; those of level 3 count the last 100 days
TRUST_LEVELS = {
    1: env.numbers_of(
        "TRUST_LEVEL_1",
        env.TRUST_LEVEL_1,
        {"threads_read": 5, "posts_read": 30, "minutes": 10, "age_minutes": 10},
    ),
    2: env.numbers_of(
        "TRUST_LEVEL_2",
        env.TRUST_LEVEL_2,
        {
            "days_visited": 15,
            "threads_read": 20,
            "posts_read": 100,
            "minutes": 60,
            "reactions_given": 1,
            "reactions_received": 1,
            "threads_replied_to": 3,
        },
    ),
    3: env.numbers_of(
        "TRUST_LEVEL_3",
        env.TRUST_LEVEL_3,
        {
            "days_visited": 50,
            "threads_replied_to": 10,
            "threads_seen_percent": 25,
            "reactions_received": 20,
            "declined_at_most": 5,
            "days_since_sanction": 180,
        },
    ),
}
