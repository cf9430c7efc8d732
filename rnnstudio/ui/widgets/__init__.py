"""Widgets and text helpers that several panels use. Nothing here knows the document."""
