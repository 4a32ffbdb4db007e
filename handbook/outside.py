"""
A hook of mkdocs: links from pages to files that are in the repository but not in the handbook work
where the repository is shown. The site shows their words only. What does not exist is left as it
is, so that the build fails.
"""

import pathlib
import re
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)#\s]+)\)")


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """The page without links that lead out."""
    docs = pathlib.Path(config.docs_dir).resolve()
    folder = (docs / page.file.src_uri).parent

    def words(link: re.Match[str]) -> str:
        target = (folder / link[2]).resolve()
        return link[1] if target.exists() and not target.is_relative_to(docs) else link[0]

    return LINK.sub(words, markdown)
