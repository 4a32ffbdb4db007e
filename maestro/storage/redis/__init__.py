"""
Rooms, operations, leases, changes and ports in Redis.

Everything of one scheduler carries the hash tag `{scheduler}` and lies in one slot of a cluster;
what changes state is one Lua script of the 6.2 command set per action.
"""
