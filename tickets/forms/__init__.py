"""Forms only turn what was typed or sent into Python values; the services decide."""
