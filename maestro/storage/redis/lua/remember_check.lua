-- Keep what a health check leaves to the next, and what it decided.
--
-- KEYS[1]  hash   running
-- KEYS[2]  string memory
-- KEYS[3]  hash   settings, missing when there is no fleet
-- KEYS[4]  list   decisions, newest first
-- KEYS[5]  string figures
-- ARGV[1]  token
-- ARGV[2]  what to keep, as JSON
-- ARGV[3]  how long changes of rooms wait for the next check (ms)
-- ARGV[4]  after how long a check is due in any case (µs)
-- ARGV[5]  the decision; empty when there is none
-- ARGV[6]  how a decision begins that it repeats
-- ARGV[7]  how many decisions to keep
-- ARGV[8]  what it saw, as JSON; empty when nothing is known of it
-- ARGV[9]  how long that is kept (ms)
-- include: time, lease

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
if redis.call('EXISTS', KEYS[3]) == 0 then
    return 1
end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('HSET', KEYS[3], 'check_again_ms', ARGV[3],
    'check_due_at', integer(now_us() + tonumber(ARGV[4])))
if ARGV[8] ~= '' then
    redis.call('SET', KEYS[5], ARGV[8], 'PX', ARGV[9])
end
if ARGV[5] ~= '' then
    local newest = redis.call('LINDEX', KEYS[4], 0)
    if newest and string.sub(newest, 1, #ARGV[6]) == ARGV[6] then
        redis.call('LSET', KEYS[4], 0, ARGV[5])
    else
        redis.call('LPUSH', KEYS[4], ARGV[5])
        redis.call('LTRIM', KEYS[4], 0, ARGV[7] - 1)
    end
end
return 1
