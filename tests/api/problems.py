"""Reading problems of the REST API."""


def pointers(response) -> list[str]:
    """Return the pointers of a problem into the body, in its order."""
    return [error["pointer"] for error in response.json()["errors"]]


def parameters(response) -> list[tuple[str, str]]:
    """Return the query parameters that a problem names, each with its code."""
    return [(error["parameter"], error["code"]) for error in response.json()["errors"]]
