-- Keep dead letters, up to a number and an age.
--
-- KEYS[1]  hash  texts
-- KEYS[2]  zset  times
-- ARGV[1]  most letters
-- ARGV[2]  greatest age (µs)
-- ARGV[3+] per letter: id, text
-- include: time

local now = now_us()
for i = 3, #ARGV, 2 do
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    redis.call('ZADD', KEYS[2], integer(now), ARGV[i])
end
local function forget(ids)
    for _, id in ipairs(ids) do
        redis.call('HDEL', KEYS[1], id)
        redis.call('ZREM', KEYS[2], id)
    end
end
forget(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', integer(now - tonumber(ARGV[2]))))
forget(redis.call('ZRANGE', KEYS[2], 0, -tonumber(ARGV[1]) - 1))
return 1
