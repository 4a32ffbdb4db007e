"""Who may do what: tokens, users, rules. Only what is allowed is allowed, as in RBAC."""

import dataclasses

from tests.fakes.kubernetes import refusals
from tests.fakes.kubernetes.resources import NAMESPACES, Target

EVERYTHING = "*"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rule:
    """Verbs and resources, written with blanks between them, in one namespace or in all."""

    verbs: str = EVERYTHING
    resources: str = EVERYTHING
    namespace: str = ""

    def covers(self, verb: str, resource: str, namespace: str) -> bool:
        return (
            _is_among(verb, self.verbs)
            and _is_among(resource, self.resources)
            and self.namespace in ("", namespace)
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class User:
    """Somebody with a token."""

    name: str
    rules: tuple[Rule, ...]


class Rights:
    """All users, and what is refused to every one of them."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.refused: list[Rule] = []

    def user(self, authorization: str) -> User:
        """Who asks; raises `Refusal`."""
        kind, _, token = authorization.partition(" ")
        if kind != "Bearer" or token not in self.users:
            raise refusals.unauthorized()
        return self.users[token]

    def allows(self, user: User, verb: str, resource: str, namespace: str) -> bool:
        """Whether that user may do that there."""
        if any(rule.covers(verb, resource, namespace) for rule in self.refused):
            return False
        return any(rule.covers(verb, resource, namespace) for rule in user.rules)

    def check(self, user: User, verb: str, target: Target) -> None:
        """Raise `Refusal` when the user may not do that; asked before anything is looked up."""
        resource = "/".join(filter(None, (target.resource.plural, target.subresource)))
        namespace = target.namespace or (target.name if target.resource is NAMESPACES else "")
        if self.allows(user, verb, resource, namespace):
            return
        where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
        group = target.resource.group
        what = f'resource "{resource}" in API group "{group}"'
        why = f'User "{user.name}" cannot {verb} {what} {where}'
        raise refusals.forbidden(group, target.resource.plural, target.name, why)


def _is_among(word: str, words: str) -> bool:
    return words == EVERYTHING or word in words.split()
