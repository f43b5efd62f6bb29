"""A Pipedrive to try things against: records, rules, limits and bad days over HTTP."""
