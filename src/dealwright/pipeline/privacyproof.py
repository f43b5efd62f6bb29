"""PrivacyProof: what an erasure did, signed by the hub, and told from what somebody changed."""

import base64
import binascii
from datetime import datetime
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dealwright.core.errors import ConfigError, DealwrightError
from dealwright.core.privacy import Identity
from dealwright.pipeline.privacyfind import Placed
from dealwright.pipeline.privacykeys import PrivacyKeys

KIND: Final = "dealwright.erasure"


class ProofRefused(DealwrightError):
    """A proof was changed, or is not of this hub: ask for the file that the hub wrote."""

    code = "proof_refused"
    status = 422


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What was done in meetings, by how many."""

    redacted: int = 0
    removed: int = 0
    held: int = 0
    recorded: int = 0


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What a proof says. Of whom, only keyed digests: the hub alone can tell whose they are."""

    erasure: int
    begun_at: datetime
    ended_at: datetime
    subject: tuple[str, ...]
    erased: tuple[Placed, ...]
    left: tuple[Placed, ...]
    meetings: Done
    suppressed: bool
    persons_in_pipedrive: int
    out_of_reach: tuple[str, ...]
    kind: str = KIND
    version: int = 1


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A document with its signature (Ed25519, over the document's canonical JSON)."""

    document: Document
    key: str
    signature: str


_read: Final = msgspec.json.Decoder(Proof).decode


def signed(document: Document, keys: PrivacyKeys) -> bytes:
    """The proof as the file that people keep."""
    proof = Proof(
        document=document,
        key=base64.b64encode(keys.public).decode(),
        signature=base64.b64encode(keys.signer.sign(_canonical(document))).decode(),
    )
    return msgspec.json.format(msgspec.json.encode(proof), indent=2) + b"\n"


def verified(file: bytes, keys: PrivacyKeys | None) -> Document:
    """What a proof says; raises ProofRefused for one that was changed or is of another hub."""
    try:
        proof = _read(file)
        public, signature = (
            base64.b64decode(one, validate=True) for one in (proof.key, proof.signature)
        )
    except (msgspec.DecodeError, binascii.Error, UnicodeDecodeError) as error:
        raise ProofRefused(
            "This file is no proof of an erasure.", code="proof_unreadable"
        ) from error
    if keys is None or public != keys.public:
        raise ProofRefused("Another hub signed this, or nobody did.")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _canonical(proof.document))
    except InvalidSignature:
        raise ProofRefused("It was changed after the hub had signed it.") from None
    return proof.document


def is_about(document: Document, identity: Identity, keys: PrivacyKeys) -> bool:
    """Whether a proof is of somebody."""
    told = {keys.digest(identity).hex(), keys.digest(identity.anywhere).hex()}
    return not told.isdisjoint(document.subject)


def _canonical(document: Document) -> bytes:
    return msgspec.json.encode(document, order="sorted")


def needs_name(value: Any) -> ConfigError:
    """What is said where a proof is asked for that is not there yet."""
    return ConfigError(
        f"Erasure {value} is not done yet: run it to its end.", code="not_erased_yet"
    )
