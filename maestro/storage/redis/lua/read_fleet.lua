-- Everything that a health check needs to know of the rooms of one scheduler.
--
-- KEYS[1]  zset   rooms
-- KEYS[2]  string memory
-- KEYS[3]  zset   crashes
-- KEYS[4]  hash   settings
-- KEYS[5]  prefix of the records of rooms, all in the same slot
-- ARGV[1]  since when crashes count (µs)
--
-- Returns {memory or false, crashes, resumed at or false, rebuilt at or false, record, record, ...}.

local answer = {
    redis.call('GET', KEYS[2]),
    redis.call('ZRANGEBYSCORE', KEYS[3], ARGV[1], '+inf'),
    redis.call('HGET', KEYS[4], 'resumed_at'),
    redis.call('HGET', KEYS[4], 'rebuilt_at'),
}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    answer[#answer + 1] = redis.call('HGETALL', KEYS[5] .. id)
end
return answer
