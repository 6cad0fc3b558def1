"""Demo data: a made-up organisation, its people and their tickets. Used by `manage.py seed_demo` and the benchmark."""
