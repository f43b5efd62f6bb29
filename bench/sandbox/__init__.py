"""bench sandbox: requests a second over 100,000 persons, and what a person weighs."""
