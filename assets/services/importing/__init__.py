"""Importing assets from a table (ADR 20): take the file, check every row, write all of them or none."""
