"""From a transcript to what is worth reading in a CRM."""
