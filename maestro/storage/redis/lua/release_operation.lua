-- Give the running operation back, to be continued at once by any worker.
--
-- KEYS[1]  hash    running
-- KEYS[2]  string  lease
-- KEYS[3]  zset    parked
-- ARGV[1]  token
-- ARGV[2]  id
-- include: lease

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
stop_running(KEYS[1], KEYS[2])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
return 1
