"""Keys of a Source of meetings, and the ids of pages."""

from uuid import UUID

from dealwright.meetings.source import Scheme, Secret
from dealwright.pipeline.meetingkeys import Keys, new_segment, opened, public_id, sealed
from dealwright.store.secrets import Vault, generate_key


def secret(value: str, scheme: Scheme = Scheme.SIGNATURE) -> Secret:
    return Secret(value=value, scheme=scheme)


def values(keys: Keys) -> list[str]:
    return [one.value for one in keys.proofs()]


def test_the_secret_before_counts_until_the_next_comes() -> None:
    keys = Keys().with_secret(secret("one")).with_secret(secret("two"))
    assert values(keys) == ["two", "one"]
    assert values(keys.with_secret(secret("three"))) == ["three", "two"]


def test_the_same_secret_once_more_is_one() -> None:
    keys = Keys().with_secret(secret("one")).with_secret(secret("one"))
    assert values(keys) == ["one"]


def test_a_token_takes_no_signatures_place() -> None:
    keys = Keys().with_secret(secret("one")).with_secret(secret("token", Scheme.BEARER))
    assert {(one.value, one.scheme) for one in keys.proofs()} == {
        ("one", Scheme.SIGNATURE),
        ("token", Scheme.BEARER),
    }


def test_what_was_sealed_is_opened_and_not_read() -> None:
    vault = Vault([generate_key()])
    keys = Keys().with_secret(secret("canary")).with_credentials({"api_key": "other-canary"})
    stored = sealed(keys, vault)
    assert opened(stored, vault) == keys
    assert b"canary" not in stored


def test_ids_of_pages_are_uuids_that_sort_by_time() -> None:
    earlier, later = public_id(1_700_000_000_000), public_id(1_700_000_000_001)
    assert (UUID(earlier).version, earlier < later) == (7, True)


def test_no_two_segments_are_the_same() -> None:
    assert new_segment() != new_segment()
