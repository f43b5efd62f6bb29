"""The Gmail add-on: what Google posts, verified, and the cards that it is answered with."""
