"""`python -m tamspec`."""

from tamspec.cli import main

main()
