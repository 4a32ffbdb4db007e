"""`python -m maestro` is `maestro`."""

from maestro.cli.main import main

main()
