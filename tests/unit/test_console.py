"""What examples of a page are, and when they came true."""

import pytest

from tests.acceptance import console
from tests.acceptance.console import Command, File, Skipped

PAGE = """
# Title

```console
$ one \\
      more
$ two
first
second
```

<!-- run again until it is so -->
```console
$ three
```

<!-- not run: it takes a year -->
```console
$ four
```

```yaml title="five.yaml"
five: 5
```

```json
{"six": 6}
```
"""


def test_commands_files_and_what_is_not_run_are_found_in_order() -> None:
    assert list(console.steps(PAGE)) == [
        Command("one \\\n      more", "", again=False),
        Command("two", "first\nsecond", again=False),
        Command("three", "", again=True),
        Skipped("$ four\n", "it takes a year"),
        File("five.yaml", "five: 5\n"),
    ]


@pytest.mark.parametrize(
    ("told", "printed"),
    [
        ("", "whatever"),
        ("a b", "a    b"),
        ("a ...", "a"),
        ("a ... c", "a b  c"),
        ("arena-... ready", "arena-x1 ready"),
        ("a\n...\nd", "a\nb\nc\nd"),
        ("a\n...\nd", "a\nd"),
        ("...\nd", "d"),
    ],
)
def test_dots_are_anything_and_blanks_count_alike(told: str, printed: str) -> None:
    assert console.is_as_told(printed, told)


@pytest.mark.parametrize(
    ("told", "printed"),
    [
        ("a", ""),
        ("a", "b"),
        ("a", "a\nb"),
        ("a ... c", "a\nc"),
        ("a\n...\nd", "a\nb\nc"),
        ("a.c", "abc"),
    ],
)
def test_what_the_page_does_not_tell_is_noticed(told: str, printed: str) -> None:
    assert not console.is_as_told(printed, told)
