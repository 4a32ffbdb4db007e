"""Which release of Maestro is installed. Only `setup.cfg` says it; all else asks here."""

import importlib.metadata

VERSION = importlib.metadata.version("maestro")
