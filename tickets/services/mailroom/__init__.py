"""Mail that comes in: stored first, then read, judged and carried out, each mail once."""
