"""The door for Pipedrive's messages: where it is, who comes in, and how that is remembered.

Both secrets are random and long, and are hashed for each message: a fast hash is right here.
"""

import hashlib
from typing import Final

#: Below the public address; the secret part follows.
PATH: Final = "/hooks/pipedrive/"

#: The name that Pipedrive signs in with; the secret is the password.
USER: Final = "dealwright"


def hash_path(path: str) -> str:
    """The form in which a secret path is stored and looked for."""
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()


def hash_credentials(pair: bytes) -> str:
    """The form in which `user:password` is stored and compared."""
    return hashlib.sha256(pair).hexdigest()
