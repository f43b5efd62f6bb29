"""Files of meetings: transcripts, invitations and what recorders export, read into Meetings."""
