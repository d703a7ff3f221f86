"""Promises in numbers: whether they can be kept, and whether they were."""
