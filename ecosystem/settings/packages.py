"""The package index."""

import re
import shlex

from ecosystem import env

PACKAGE_FILE_LIMIT_BYTES = env.PACKAGE_FILE_LIMIT_MIB << 20
PACKAGES_ANONYMOUS = env.PACKAGES_ANONYMOUS
PACKAGES_NEED_SECOND_FACTOR = env.PACKAGES_NEED_SECOND_FACTOR
PACKAGES_DELETION_HOURS = env.PACKAGES_DELETION_HOURS
# address of another index, such as https://index.example.com/simple; empty for none
PACKAGES_UPSTREAM = env.PACKAGES_UPSTREAM
PACKAGES_UPSTREAM_ALLOWED = frozenset(
    re.sub(r"[-_.]+", "-", name.strip()).lower() for name in env.PACKAGES_UPSTREAM_ALLOWED if name.strip()
)
PACKAGES_UPSTREAM_MIN_AGE_DAYS = env.PACKAGES_UPSTREAM_MIN_AGE_DAYS
PACKAGES_UPSTREAM_MINUTES = env.PACKAGES_UPSTREAM_MINUTES
# OpenID providers whose identity tokens projects may trust
PACKAGES_OIDC_ISSUERS = [issuer.strip().rstrip("/") for issuer in env.PACKAGES_OIDC_ISSUERS if issuer.strip()]
# arguments of a program, which gets the path of a file as its last
PACKAGES_SCAN_COMMAND = shlex.split(env.PACKAGES_SCAN_COMMAND)
PACKAGES_SCAN_SECONDS = env.PACKAGES_SCAN_SECONDS
# normalized prefix -> the person or organization that it belongs to
PACKAGES_RESERVED_PREFIXES = {
    prefix.strip().strip("-").casefold(): owner.strip()
    for prefix, owner in env.PACKAGES_RESERVED_PREFIXES.items()
}
