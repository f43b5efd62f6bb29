"""Every code that a person may meet is explained."""

from tests.docs.codes import codes_in_docs, codes_in_source


def test_every_error_code_is_documented() -> None:
    assert codes_in_source() - codes_in_docs() == set()


def test_the_source_is_really_read() -> None:
    assert {"reauth", "invalid_phone", "store_unavailable"} <= codes_in_source()
