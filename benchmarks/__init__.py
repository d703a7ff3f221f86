"""Measurements against peers and against our own promises. They are no tests: `make bench` prints what it finds."""
