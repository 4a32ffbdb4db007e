-- Take the room that has been ready for longest.
--
-- KEYS[1]  zset  ready: room -> since when
-- KEYS[2]  hash  settings, missing when there is no fleet
-- KEYS[3]  zset  status
-- KEYS[4]  string generation
-- KEYS[5]  zset  parked
-- KEYS[6]  set   wakeful
-- KEYS[7]  string checking
-- KEYS[8]  prefix of the records of rooms, all in the same slot
-- ARGV[1]  how long it stays reserved without a match (µs)
--
-- Returns {record, wakes an operation 0/1, wants a health check 0/1}, {} when no room is ready, or
-- false when there is no fleet.
-- include: time, rooms

if redis.call('EXISTS', KEYS[2]) == 0 then
    return false
end
local now = now_us()
local id = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', integer(now), 'LIMIT', 0, 1)[1]
if not id then
    return {}
end
local key = KEYS[8] .. id
local until_us = integer(now + tonumber(ARGV[1]))
redis.call('HSET', key, 'allocated_at', integer(now), 'allocated_until', until_us)
local room = record(redis.call('HGETALL', key))
local max_matches = tonumber(redis.call('HGET', KEYS[2], 'max_matches') or '1')
recompute(key, id, room, max_matches, {status = KEYS[3], ready = KEYS[1]}, now)
return {
    redis.call('HGETALL', key),
    rooms_changed(KEYS[4], KEYS[5], KEYS[6]),
    wants_check(KEYS[7], KEYS[2]),
}
