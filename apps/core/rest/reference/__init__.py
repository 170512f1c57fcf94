"""The API reference: the OpenAPI document, arranged for a page."""
