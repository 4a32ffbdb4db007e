-- Become or stay the one that leads.
--
-- KEYS[1]  string  who leads
-- ARGV[1]  who asks
-- ARGV[2]  for how long (ms)
--
-- Returns 1, or 0 when another one leads.

local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
