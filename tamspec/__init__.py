"""tamspec: client projects as code."""

__version__ = "0.1.0"
