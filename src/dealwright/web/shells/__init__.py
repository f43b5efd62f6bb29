"""Shells: the browser's side panel and mail programs, which show the web card in a frame."""
