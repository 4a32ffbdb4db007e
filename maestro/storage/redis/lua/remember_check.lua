-- Keep what a health check leaves to the next.
--
-- KEYS[1]  hash   running
-- KEYS[2]  string memory
-- KEYS[3]  hash   settings, missing when there is no fleet
-- ARGV[1]  token
-- ARGV[2]  what to keep, as JSON
-- ARGV[3]  how long changes of rooms wait for the next check (ms)
-- ARGV[4]  after how long a check is due in any case (µs)
-- include: time, lease

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
if redis.call('EXISTS', KEYS[3]) == 1 then
    redis.call('SET', KEYS[2], ARGV[2])
    redis.call('HSET', KEYS[3], 'check_again_ms', ARGV[3],
        'check_due_at', integer(now_us() + tonumber(ARGV[4])))
end
return 1
