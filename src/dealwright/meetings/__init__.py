"""Meetings and calls as values: what Sources tell, who took part, what is written of them."""
