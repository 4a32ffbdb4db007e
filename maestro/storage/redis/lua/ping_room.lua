-- Store what a room says of itself, and the status that follows.
--
-- KEYS[1]  hash  the room's record
-- KEYS[2]  hash  settings
-- KEYS[3]  zset  status
-- KEYS[4]  string generation
-- KEYS[5]  zset  parked
-- KEYS[6]  set   wakeful
-- KEYS[7]  string checking
-- KEYS[8]  zset  ready
-- KEYS[9]  zset  claims
-- KEYS[10]  prefix of the outbox, all in the same slot
-- ARGV[1]  id
-- ARGV[2]  ping status
-- ARGV[3]  running matches
-- ARGV[4]  metadata as JSON, or empty: leave what is stored
--
-- Returns {status, changed 0/1, wakes an operation 0/1, wants a health check 0/1}, or false: an
-- unknown room stays unknown.
-- include: time, rooms, outbox

local stored = redis.call('HMGET', KEYS[1], 'status', 'instance_status', 'allocated_until',
    'terminating_since', 'validation')
if not stored[1] then
    return false
end
local now = now_us()
redis.call('HSET', KEYS[1], 'ping_status', ARGV[2], 'matches', ARGV[3],
    'last_ping_at', integer(now))
if ARGV[4] ~= '' then
    redis.call('HSET', KEYS[1], 'metadata', ARGV[4])
end
local room = {
    status = stored[1],
    ping_status = ARGV[2],
    instance_status = stored[2],
    matches = ARGV[3],
    allocated_until = stored[3],
    terminating_since = stored[4],
    validation = stored[5],
}
local keys = {status = KEYS[3], ready = KEYS[8], claims = KEYS[9]}
local set = redis.call('HMGET', KEYS[2], 'max_matches', 'forwarders', 'outbox_limit')
local status = recompute(KEYS[1], ARGV[1], room, tonumber(set[1] or '1'), keys, now)
room.status = status or room.status
tell_forwarders(KEYS[10], {forwarders = set[2], outbox_limit = set[3]}, KEYS[1], ARGV[1], room,
    ARGV[2], now)
if not status then
    return {room.status, 0, 0, 0}
end
local wakes = rooms_changed(KEYS[4], KEYS[5], KEYS[6])
return {status, 1, wakes, wants_check(KEYS[7], KEYS[2])}
