"""Pages: the list of meetings, the page of each, and what is shared of it; without script too."""
