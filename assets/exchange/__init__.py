"""Assets as tables: which column means what, what the words in a cell stand for, and the words that stand for an asset."""
