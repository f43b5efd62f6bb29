"""The trigger language (FQL): tokens, syntax, checks, evaluation and printing, one module each."""
