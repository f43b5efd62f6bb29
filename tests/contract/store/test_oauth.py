"""Who renews a token, who came back from Pipedrive, and names, on both databases."""

import sqlalchemy as sa

from dealwright.store.connections import (
    Auth,
    NewConnection,
    connection,
    create_connection,
    credentials,
    list_connections,
    replace_credentials,
    save_credentials,
    wipe_credentials,
)
from dealwright.store.engine import Store
from dealwright.store.mappings import list_mappings
from dealwright.store.oauth import (
    SignIn,
    Stage,
    begin_sign_in,
    claim_renewal,
    come_back,
    end_renewal,
    granted,
    sign_in,
    take_sign_in,
)
from dealwright.store.revisions import upgrade

NEW = NewConnection(name="acme", base_url="https://acme.example", plan="lite", seats=1)
SENT = SignIn(
    state_hash="hash",
    bound_to="browser",
    server="https://oauth.pipedrive.com",
    redirect_uri="https://hub.example",
    expires_at_ms=100,
)


def test_one_renews_at_a_time(store: Store) -> None:
    with store.transaction() as db:
        made = create_connection(db, NEW, now_ms=0)
        first = claim_renewal(db, made.id, holder="a", now_ms=0, ttl_ms=10)
        second = claim_renewal(db, made.id, holder="b", now_ms=9, ttl_ms=10)

    assert (first, second) == (True, False)


def test_a_claim_ends_by_itself(store: Store) -> None:
    with store.transaction() as db:
        made = create_connection(db, NEW, now_ms=0)
        claim_renewal(db, made.id, holder="a", now_ms=0, ttl_ms=10)

        assert claim_renewal(db, made.id, holder="b", now_ms=10, ttl_ms=10)


def test_a_claim_is_given_back_by_who_has_it(store: Store) -> None:
    with store.transaction() as db:
        made = create_connection(db, NEW, now_ms=0)
        claim_renewal(db, made.id, holder="a", now_ms=0, ttl_ms=10)
        end_renewal(db, made.id, holder="b")
        early = claim_renewal(db, made.id, holder="b", now_ms=1, ttl_ms=10)
        end_renewal(db, made.id, holder="a")

        assert (early, claim_renewal(db, made.id, holder="b", now_ms=2, ttl_ms=10)) == (False, True)


def test_credentials_that_a_person_has_changed_are_not_replaced(store: Store) -> None:
    with store.transaction() as db:
        made = create_connection(db, NEW, now_ms=0)
        save_credentials(db, made.id, sealed=b"by a person", auth=Auth.OAUTH, scopes=["base"])
        kept = replace_credentials(db, made.id, old=b"before", sealed=b"late", base_url="x")

        assert (kept, credentials(db, made.id)) == (False, b"by a person")


def test_renewing_is_not_signing_in(store: Store) -> None:
    with store.transaction() as db:
        made = create_connection(db, NEW, now_ms=0)
        save_credentials(db, made.id, sealed=b"old")
        replace_credentials(db, made.id, old=b"old", sealed=b"new", base_url=NEW.base_url)
        renewed = connection(db, made.id).signed_in
        wipe_credentials(db, made.id)

        assert (renewed, connection(db, made.id).signed_in) == (1, 2)


def test_a_user_comes_back_once_and_in_time(store: Store) -> None:
    with store.transaction() as db:
        begin_sign_in(db, SENT, now_ms=0)
        elsewhere = come_back(db, "hash", bound_to="another", now_ms=1)
        first = come_back(db, "hash", bound_to="browser", now_ms=1)
        second = come_back(db, "hash", bound_to="browser", now_ms=1)

        assert (elsewhere, second) == (None, None)
        assert first is not None
        assert first.stage is Stage.BACK


def test_a_sign_in_that_is_too_old_is_unknown(store: Store) -> None:
    with store.transaction() as db:
        begin_sign_in(db, SENT, now_ms=0)

        assert come_back(db, "hash", bound_to="browser", now_ms=100) is None
        assert sign_in(db, "hash", now_ms=100) is None


def test_what_was_granted_is_taken_once(store: Store) -> None:
    with store.transaction() as db:
        begin_sign_in(db, SENT, now_ms=0)
        come_back(db, "hash", bound_to="browser", now_ms=1)
        granted(db, "hash", sealed=b"sealed")
        found = sign_in(db, "hash", now_ms=2)

        assert found is not None
        assert found.sealed == b"sealed"
        assert [take_sign_in(db, "hash"), take_sign_in(db, "hash")] == [True, False]


def test_an_upgrade_keeps_connections_and_all_that_belongs_to_them(empty_url: str) -> None:
    store = Store.open(empty_url)
    with store.transaction() as db:
        upgrade(db, to="0008")
        for name in ("acme", "other"):
            db.execute(
                sa.text(
                    "INSERT INTO connections (name, state, state_reason, base_url, company_name,"
                    " user_name, plan, seats, delivering, position, hears_all, defaults,"
                    " pause_code, created_at_ms) VALUES (:name, 'ok', '', 'https://a.example',"
                    " '', '', 'lite', 1, 1, 7, 1, :defaults, '', 5)"
                ),
                {"name": name, "defaults": b"{}"},
            )
        # As the program of that time wrote it.
        db.execute(
            sa.text(
                "INSERT INTO mappings (connection_id, name, action, version, enabled,"
                " created_at_ms) VALUES (2, 'People', 'upsert_person', 1, 1, 5)"
            )
        )
        db.execute(
            sa.text(
                "INSERT INTO mapping_versions VALUES (1, 1, '', :fields, 5)",
            ),
            {"fields": b"{}"},
        )
    with store.transaction() as db:
        upgrade(db)
        found = list_connections(db)

        assert [(one.id, one.name, one.position) for one in found] == [
            (1, "acme", 7),
            (2, "other", 7),
        ]
        assert [one.is_default for one in found] == [True, False]
        assert found[0].does("upsert_note")
        assert not found[0].does("invented_later")
        assert [(one.name, one.action) for one in list_mappings(db, 2)] == [
            ("People", "upsert_person")
        ]
        assert create_connection(db, NEW, now_ms=6).id == 3
    store.close()
