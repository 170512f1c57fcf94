"""Reserved names: first path segments of the site and misleading words."""

PATHS = frozenset(
    """
    .well-known account accounts api apps assets avatars blog buckets collections
    courses datasets device docs events favicon.ico feedback feeds forum fragments healthz jobs join kernels
    language learn login logout media metrics mfa models new new-app new-dataset new-kernel news
    notifications oauth organizations packages papers password pricing readyz receipts robots.txt search
    sessions settings signup simple sitemap.xml spaces static styleguide tags tasks tools uploads v1 v2
    verify webhooks xet
    """.split()
)
MISLEADING = frozenset(
    """
    about admin auth billing contact dashboard help home identity invite issues legal licence license me
    models none null organisation organisations organization people privacy refs register root security self
    sign-in sign-up signin signout staff status support system teams terms tokens undefined user users
    well-known www
    """.split()
)
RESERVED = PATHS | MISLEADING
