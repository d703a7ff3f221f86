"""Frozen values: what a project, an order, a plan *is*. Meaning lives here, shape in `schemas/`."""
