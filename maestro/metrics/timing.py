"""What adapters ask of others, timed: one line per adapter, whatever it offers."""

import functools
import inspect
import time
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from prometheus_client import Counter, Histogram

from maestro import errors

T = TypeVar("T")


def timed(
    seconds: Histogram, fails: Counter, name: str, *, but: Collection[str] = ()
) -> Callable[[type[T]], type[T]]:
    """
    Time every public method of a class that asks somebody, under the class's name and its own.

    What ends in Unavailable or in a defect failed; any other error of ours is an answer. Methods
    in `but` time themselves, or ask nobody; what comes piece by piece is not timed.
    """

    def decorate(adapter: type[T]) -> type[T]:
        for method, function in list(vars(adapter).items()):
            is_asked = inspect.isfunction(function) and not inspect.isgeneratorfunction(function)
            if is_asked and not method.startswith("_") and method not in but:
                setattr(adapter, method, _timed(function, seconds, fails, (name, method)))
        return adapter

    return decorate


def _timed(
    function: Callable[..., Any], seconds: Histogram, fails: Counter, labels: tuple[str, str]
) -> Callable[..., Any]:
    @functools.cache
    def shown() -> tuple[Any, Any]:
        # Both at once: a failure that never happened is 0, and not unknown.
        return seconds.labels(*labels), fails.labels(*labels)

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        took, failed = shown()
        began = time.perf_counter()
        try:
            return function(*args, **options)
        except Exception as error:
            if isinstance(error, errors.Unavailable) or not isinstance(error, errors.MaestroError):
                failed.inc()
            raise
        finally:
            took.observe(time.perf_counter() - began)

    return call
