"""Writes about people. Functions are keyword-only and say who acts and when."""
