"""A hub client process for `writers.py`: reads a JSON line per upload and prints its outcome."""

from __future__ import annotations

import json
import sys

from huggingface_hub import CommitOperationAdd, HfApi


def main() -> None:
    api = HfApi()
    for line in sys.stdin:
        body = json.loads(line)
        try:
            adds = [CommitOperationAdd(path, file) for path, file in body["files"].items()]
            done = api.create_commit(body["repo"], adds, commit_message=body["message"])
            answer = {"oid": done.oid}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
