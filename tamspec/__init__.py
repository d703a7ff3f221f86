"""tamspec: client projects as code."""

from importlib import metadata

try:
    __version__ = metadata.version("tamspec")
except metadata.PackageNotFoundError:  # a checkout that nobody installed
    __version__ = "0+checkout"
