"""What an event costs from the door to Pipedrive: taken, mapped, merged with others, written."""
