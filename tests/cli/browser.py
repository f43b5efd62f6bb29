"""A browser for one errand: opens an address, decides at the sandbox, and goes back."""

import os
import sys
from urllib.parse import parse_qs, urlsplit

import httpx2


def main(url: str) -> None:
    """Be told to authorize, decide as the environment says, and follow the way back."""
    decision, user = os.environ["BROWSER_DECISION"], os.environ["BROWSER_USER"]
    parts = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    form = {**asked, "account": f"15747575:{user}", "decision": decision}
    decided = httpx2.post(f"{parts.scheme}://{parts.netloc}{parts.path}", data=form)
    answer = httpx2.get(decided.headers["location"], timeout=30)
    sys.stderr.write(f"{answer.status_code} {answer.text}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
