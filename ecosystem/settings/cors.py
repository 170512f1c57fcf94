"""CORS without cookies; apps declare the paths (apps/core/web/cors.py)."""

from ecosystem import env

# matches nothing: apps/core/web/cors.py decides
CORS_URLS_REGEX = r"(?!)"
CORS_ALLOW_ALL_ORIGINS = "*" in env.CORS_ORIGINS
CORS_ALLOWED_ORIGINS = [origin for origin in env.CORS_ORIGINS if origin != "*"]
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# the wildcard covers every header except Authorization
# source  https://fetch.spec.whatwg.org/#cors-preflight-fetch
CORS_ALLOW_HEADERS = ("*", "Authorization")
CORS_PREFLIGHT_MAX_AGE = 7200
# response headers that scripts read
CORS_EXPOSE_HEADERS = (
    "Location",
    "Idempotency-Replayed",
    "WWW-Authenticate",
    "Deprecation",
    "Sunset",
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
