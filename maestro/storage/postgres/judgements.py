"""What a PostgreSQL must be like for us. Pure."""

from collections.abc import Collection, Mapping, Sequence

from maestro.domain import findings
from maestro.domain.findings import Finding

#: Older ones have had no security updates for years.
OLDEST = 13
#: The oldest with which our tests were run; mostly they run with 18.
TESTED = 15
MIGRATE = "run: maestro migrate"


def unreachable(reason: str) -> Finding:
    """It did not let us in."""
    return findings.failure("PostgreSQL", reason, _way_in(reason.lower()))


def _way_in(reason: str) -> str:
    if "password" in reason or "role" in reason or "pg_hba" in reason:
        return "correct user and password in MAESTRO_POSTGRES_URL, or create that user"
    if "database" in reason and "does not exist" in reason:
        return "create the database (`createdb`), or correct its name in MAESTRO_POSTGRES_URL"
    return "start PostgreSQL, or correct host and port in MAESTRO_POSTGRES_URL"


def version(number: int) -> Finding:
    """Whether it is recent enough; the number is `server_version_num`."""
    major, minor = divmod(number, 10_000)
    title, text = "PostgreSQL version", f"{major}.{minor}"
    advice = f"upgrade PostgreSQL to {TESTED} or newer"
    if major < OLDEST:
        return findings.failure(title, f"{text} is too old", advice)
    if major < TESTED:
        return findings.warning(title, f"{text}, with which Maestro was never tested", advice)
    return findings.ok(title, text)


def writing(*, is_read_only: bool) -> Finding | None:
    """Whether it takes changes at all; None when it does."""
    if not is_read_only:
        return None
    advice = "let MAESTRO_POSTGRES_URL name the primary server, with write access"
    return findings.failure("PostgreSQL", "it only answers reads (a standby?)", advice)


def schema(
    name: str, *, exists: bool, may_create: bool, may_use: bool, locked: Collection[str], user: str
) -> Finding:
    """Whether we may use our schema, or make it."""
    title = "PostgreSQL rights"
    if not exists and not may_create:
        advice = f"run as its owner: GRANT CREATE ON DATABASE … TO {user}"
        return findings.failure(title, f"{user} may not create the schema {name}", advice)
    if exists and not may_use:
        advice = f"run as its owner: GRANT ALL ON SCHEMA {name} TO {user}"
        return findings.failure(title, f"{user} may not use the schema {name}", advice)
    if locked:
        advice = f"run as their owner: GRANT ALL ON ALL TABLES IN SCHEMA {name} TO {user}"
        found = f"{user} may not read and write {', '.join(sorted(locked))}"
        return findings.failure(title, found, advice)
    return findings.ok(title, f"{user} may {'use' if exists else 'create'} the schema {name}")


def migration(current: str | None, *, known: Sequence[str]) -> Finding:
    """Whether the tables are those of this release; `known` has the newest migration first."""
    title = "PostgreSQL schema"
    if current is None:
        return findings.failure(title, "it has not been made yet", MIGRATE)
    if current == known[0]:
        return findings.ok(title, f"at {current}, the newest")
    if current in known:
        return findings.failure(title, f"at {current}, and {known[0]} is the newest", MIGRATE)
    advice = f"use a release of Maestro that knows {current}: this one is older than the database"
    return findings.failure(title, f"at {current}, which this release does not know", advice)


def installation(identities: Sequence[str]) -> Finding:
    """Whether this installation knows who it is."""
    if identities:
        return findings.ok("installation", identities[0])
    advice = "restore the table from a backup: rooms bear this id, and are not known without it"
    return findings.failure("installation", "it has no id", advice)


def shown(parts: Mapping[str, object]) -> str:
    """Where it is, without who we are there."""
    return f"{parts['host'] or 'local socket'}:{parts['port'] or 5432}/{parts['database']}"
