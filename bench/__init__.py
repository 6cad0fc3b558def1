"""The benchmark (`make bench`): the real server on seeded data, beside an empty view in the same run."""
