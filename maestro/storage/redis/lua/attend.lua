-- Say that somebody is there.
--
-- KEYS[1]  zset  who is there -> until when they said so (µs)
-- ARGV[1]  who
-- ARGV[2]  for how long (µs)
--
-- Returns all who are.
-- include: time

local now = now_us()
redis.call('ZADD', KEYS[1], integer(now + tonumber(ARGV[2])), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', integer(now))
return redis.call('ZRANGE', KEYS[1], 0, -1)
