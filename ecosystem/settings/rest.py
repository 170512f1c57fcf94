"""The REST API: problem+json errors, cursor pages, OpenAPI 3.1."""

from ecosystem import env

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.core.rest.authentication.ActorAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "apps.core.rest.negotiation.JsonOnly",
    "DEFAULT_SCHEMA_CLASS": "apps.core.rest.schema.ApiSchema",
    "EXCEPTION_HANDLER": "apps.core.rest.problems.handle_exception",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{env.SITE_NAME} API",
    "VERSION": "1.0",
    "DESCRIPTION": (
        "Repositories, files, jobs and accounts for programs. Requests and responses are JSON; "
        "errors are problem+json (RFC 9457). The reference at /api/v1/docs explains versions and limits."
    ),
    "LICENSE": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["apps.core.rest.document.v1_endpoints"],
    "POSTPROCESSING_HOOKS": ["apps.core.rest.document.complete"],
    "COMPONENT_SPLIT_REQUEST": False,
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
