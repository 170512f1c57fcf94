"""Scripts of other sites: apps declare the paths (apps/core/cors.py); cookies are never sent along."""

from ecosystem import env

# no path by its address alone
CORS_URLS_REGEX = r"(?!)"
CORS_ALLOW_ALL_ORIGINS = "*" in env.CORS_ORIGINS
CORS_ALLOWED_ORIGINS = [origin for origin in env.CORS_ORIGINS if origin != "*"]
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# the wildcard stands for every header but Authorization; source  https://fetch.spec.whatwg.org/#cors-preflight-fetch
CORS_ALLOW_HEADERS = ("*", "Authorization")
CORS_PREFLIGHT_MAX_AGE = 7200
# source  what the JavaScript client reads of answers
CORS_EXPOSE_HEADERS = (
    "X-Repo-Commit",
    "X-Request-Id",
    "X-Error-Code",
    "X-Error-Message",
    "X-Total-Count",
    "X-HF-Warning",
    "ETag",
    "Link",
    "Accept-Ranges",
    "Content-Range",
    "Content-Disposition",
    "X-Linked-Size",
    "X-Linked-ETag",
    "X-Xet-Hash",
    "X-Xet-Refresh-Route",
    "X-Xet-Access-Token",
    "X-Xet-Token-Expiration",
    "X-Xet-Cas-Url",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
)
