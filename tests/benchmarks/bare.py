"""
The least that a server can do for a ping: find out what it is about, call the script, answer. No
checks, no errors, no reconnects; what Maestro does is measured against it.
"""

import os
import socket
import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import hiredis
import orjson
import redis

from maestro.storage.redis import scripts
from maestro.storage.redis.keys import Keys

_HEADERS = [("Content-Type", "application/json"), ("Content-Length", "16")]
_BODY = [b'{"success":true}']


class _Own(threading.local):
    connection: socket.socket | None = None
    reader: hiredis.Reader


def app() -> WSGIApplication:
    """For `granian --factory`; the environment says where Redis is."""
    port = int(os.environ["BARE_REDIS_PORT"])
    with redis.Redis(port=port) as client:
        sha = client.script_load(scripts.text("ping_room"))
    keys, own = Keys(os.environ["BARE_PREFIX"], "arena"), _Own()
    others = (
        keys.settings, keys.status, keys.generation, keys.parked, keys.wakeful, keys.checking,
        keys.ready, keys.claims, keys.outbox,
    )  # fmt: skip

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        room = environ["PATH_INFO"].split("/")[4]
        body = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        if own.connection is None:
            own.connection = socket.create_connection(("127.0.0.1", port))
            own.reader = hiredis.Reader()
        args = (keys.room_prefix + room, *others, room, body["status"], 0, "{}")
        command: Any = ("EVALSHA", sha, 1 + len(others), *args)
        own.connection.sendall(hiredis.pack_command(command))
        reply = False
        while reply is False:
            own.reader.feed(own.connection.recv(65536))
            reply = own.reader.gets()
        start("200 OK", _HEADERS[:])
        return _BODY

    return answer
