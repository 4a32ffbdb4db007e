-- Take a room that is ready.
--
-- KEYS[1]  zset  ready: room -> since when
-- KEYS[2]  hash  settings, missing when there is no fleet
-- KEYS[3]  zset  status
-- KEYS[4]  string generation
-- KEYS[5]  zset  parked
-- KEYS[6]  set   wakeful
-- KEYS[7]  string checking
-- KEYS[8]  zset  claims
-- KEYS[9]  prefix of the records of rooms, all in the same slot
-- ARGV[1]  how long it stays reserved without a match (µs)
-- ARGV[2]  which one: longest_ready, newest or random
--
-- Returns {record, wakes an operation 0/1, wants a health check 0/1}, {} when no room is ready, or
-- false when there is no fleet.
-- include: time, rooms

if redis.call('EXISTS', KEYS[2]) == 0 then
    return false
end
local now = now_us()
local max_matches = tonumber(redis.call('HGET', KEYS[2], 'max_matches') or '1')
local keys = {status = KEYS[3], ready = KEYS[1], claims = KEYS[8], room_prefix = KEYS[9]}
local expired = expire_claims(keys, max_matches, now, 100)

-- Those in quarantine are ready only from its end on.
local function chosen()
    local latest = integer(now)
    if ARGV[2] == 'newest' then
        return redis.call('ZREVRANGEBYSCORE', KEYS[1], latest, '-inf', 'LIMIT', 0, 1)[1]
    end
    local first = 0
    if ARGV[2] == 'random' then
        local amount = redis.call('ZCOUNT', KEYS[1], '-inf', latest)
        first = amount > 0 and math.floor(now) % amount or 0
    end
    return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', latest, 'LIMIT', integer(first), 1)[1]
end

local id = chosen()
if not id then
    if expired then
        rooms_changed(KEYS[4], KEYS[5], KEYS[6])
    end
    return {}
end
local key = KEYS[9] .. id
local until_us = integer(now + tonumber(ARGV[1]))
redis.call('HSET', key, 'allocated_at', integer(now), 'allocated_until', until_us)
redis.call('ZADD', KEYS[8], until_us, id)
recompute(key, id, record(redis.call('HGETALL', key)), max_matches, keys, now)
return {
    redis.call('HGETALL', key),
    rooms_changed(KEYS[4], KEYS[5], KEYS[6]),
    wants_check(KEYS[7], KEYS[2]),
}
