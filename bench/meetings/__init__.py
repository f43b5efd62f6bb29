"""From the last webhook of a meeting to its note in Pipedrive."""
