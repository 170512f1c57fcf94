"""Names nobody can take: first path segments of the site and words that would mislead."""

RESERVED = frozenset(
    """
    about account accounts admin api apps assets auth avatars billing blog buckets collections contact courses dashboard datasets
    docs events favicon.ico feedback feeds forum healthz help home identity invite issues jobs join kernels language learn legal licence license
    login logout me media metrics models mfa new news notifications none null oauth organisation organisations organization
    organizations packages papers password people pricing privacy readyz receipts refs register robots.txt root search
    security self settings sign-in sign-up signin signout signup simple sitemap.xml spaces staff static status styleguide
    support system tags tasks teams terms tokens tools undefined uploads user users v1 v2 verify webhooks well-known .well-known
    well-known www xet
    """.split()
)
