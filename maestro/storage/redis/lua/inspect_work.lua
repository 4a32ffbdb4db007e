-- What waits at a scheduler. Changes nothing.
--
-- KEYS[1]  string  lease
-- KEYS[2]  hash    running
-- KEYS[3]  list    priority
-- KEYS[4]  list    pending
-- KEYS[5]  zset    parked
-- KEYS[6]  hash    changes
-- KEYS[7]  string  generation
-- KEYS[8]  hash    settings, missing when there is no fleet
-- KEYS[9]  hash    open: id -> kind
-- KEYS[10] zset    claims
-- KEYS[11] prefix of the records of operations, all in the same slot
-- ARGV[1]  JSON list of kinds that may run beside a parked one
-- ARGV[2]  JSON of what this worker understands
--
-- Returns {operations 0/1, changes 0/1, generation, a check is due 0/1}.
-- include: time, understanding, waiting

local function flag(condition)
    return condition and 1 or 0
end

local now = now_us()
local understands = understanding(ARGV[2], KEYS[11], KEYS[9])
local leased = redis.call('EXISTS', KEYS[1]) == 1
local waiting = redis.call('EXISTS', KEYS[2]) > 0
    or first_due(KEYS[5], now, understands) ~= nil
    or first_waiting({KEYS[3], KEYS[4]}, KEYS[9], KEYS[5], ARGV[1], understands) ~= nil
local generation = redis.call('GET', KEYS[7]) or '0'
local checked, due_at = unpack(redis.call('HMGET', KEYS[8], 'checked', 'check_due_at'))
local is_due = generation ~= (checked or '0') or (due_at and tonumber(due_at) <= now)
    or redis.call('ZCOUNT', KEYS[10], '-inf', integer(now)) > 0
return {
    flag(not leased and waiting),
    redis.call('EXISTS', KEYS[6]),
    tonumber(generation),
    flag(redis.call('EXISTS', KEYS[8]) == 1 and is_due),
}
