"""Mail that comes in: read, told from its quotes, judged, and turned into tickets and messages (M3.1-1)."""
