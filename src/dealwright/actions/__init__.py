"""One file per action that can be done in Pipedrive."""
