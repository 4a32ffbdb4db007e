"""What may be a name, a label or an annotation; answers with messages, none when all is well."""

import re

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_VALUE = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    f"for validation is '{_LABEL}')"
)
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    f"for validation is '{_SUBDOMAIN}')"
)
_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  "
    f"or '12345', regex used for validation is '{_VALUE}')"
)
_QUALIFIED_RULE = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    f"validation is '{_QUALIFIED}')"
)


def label(name: str) -> list[str]:
    """Namespaces and containers are called so."""
    return _too_long(name, 63) + _unlike(name, _LABEL, _LABEL_RULE)


def subdomain(name: str) -> list[str]:
    """Pods and most other objects are called so."""
    return _too_long(name, 253) + _unlike(name, _SUBDOMAIN, _SUBDOMAIN_RULE)


def label_value(value: str) -> list[str]:
    return _too_long(value, 63) + _unlike(value, _VALUE, _VALUE_RULE)


def qualified(key: str) -> list[str]:
    """The key of a label or an annotation: a name, perhaps behind a domain and a slash."""
    prefix, slash, name = key.rpartition("/")
    wrong = [f"prefix part {each}" for each in subdomain(prefix)] if slash else []
    if not name:
        return [*wrong, "name part must be non-empty", _QUALIFIED_RULE]
    wrong += [f"name part {each}" for each in _too_long(name, 63)]
    return wrong + _unlike(name, _QUALIFIED, _QUALIFIED_RULE)


def port(name: str) -> list[str]:
    """What a port of a container may be called."""
    wrong = _too_long(name, 15)
    if not re.fullmatch("[-a-z0-9]+", name):
        wrong.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", name):
        wrong.append("must contain at least one letter (a-z)")
    if "--" in name:
        wrong.append("must not contain consecutive hyphens")
    if name.startswith("-") or name.endswith("-"):
        wrong.append("must not begin or end with a hyphen")
    return wrong


def variable(name: str) -> list[str]:
    """What an environment variable may be called."""
    rule = (
        "a valid environment variable name must consist only of printable ASCII characters other "
        "than '='"
    )
    return _unlike(name, "[ -<>-~]+", rule)


def _too_long(text: str, most: int) -> list[str]:
    return [f"must be no more than {most} characters"] if len(text) > most else []


def _unlike(text: str, pattern: str, rule: str) -> list[str]:
    return [] if re.fullmatch(pattern, text) else [rule]
