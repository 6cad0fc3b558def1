"""One search over every kind of thing: what the page of results, the palette and the API share (ADR 21)."""
