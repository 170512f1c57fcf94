"""The REST kit: views, request bodies, problem+json, the OpenAPI document."""
