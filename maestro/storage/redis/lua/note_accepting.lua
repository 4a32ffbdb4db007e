-- Note that pings can be accepted now, and the outage that ends with it.
--
-- KEYS[1]  string  when they could be last (µs)
-- KEYS[2]  zset    outages: start-end -> end (µs)
-- ARGV[1]  longest silence that is no outage (µs)
-- ARGV[2]  how long outages are remembered (µs)
-- include: time

local now = now_us()
local last = tonumber(redis.call('GET', KEYS[1]) or now)
if now - last > tonumber(ARGV[1]) then
    redis.call('ZADD', KEYS[2], integer(now), integer(last) .. '-' .. integer(now))
end
redis.call('SET', KEYS[1], integer(now))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', integer(now - tonumber(ARGV[2])))
return 1
