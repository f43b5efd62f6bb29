"""Liquid as LiquidJS 10.27.2 renders it, by python-liquid: values, syntax, tags and filters."""
