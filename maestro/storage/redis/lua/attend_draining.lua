-- Say that a process drains outboxes.
--
-- KEYS[1]  zset  processes -> until when they said so (µs)
-- ARGV[1]  process
-- ARGV[2]  for how long (µs)
--
-- Returns how many do.
-- include: time

local now = now_us()
redis.call('ZADD', KEYS[1], integer(now + tonumber(ARGV[2])), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', integer(now))
return redis.call('ZCARD', KEYS[1])
