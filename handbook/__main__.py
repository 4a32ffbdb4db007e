"""`make docs`: write the pages and drawings that are generated from the code."""

import pathlib

from handbook import pages

for path, text in pages.generated().items():
    pathlib.Path(path).write_text(text)
