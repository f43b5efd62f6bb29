"""One renderer each: Google's card JSON, HTML, JSON."""
