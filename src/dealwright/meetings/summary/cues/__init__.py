"""What in a language says that a line matters: one module a language, each with one `CUES`."""
