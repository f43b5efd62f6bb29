"""Next steps: what somebody promised to do."""


def in_our_words(text: str) -> str:
    """The code of a label that says what kind of step it is, without a word that was said."""
    return f"step_{'other' if text else 'send'}"
