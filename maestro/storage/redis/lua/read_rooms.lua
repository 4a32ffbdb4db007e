-- Records of rooms, by id.
--
-- KEYS[1]  zset  rooms
-- KEYS[2]  prefix of the records of rooms, all in the same slot
-- ARGV[1]  first position
-- ARGV[2]  last position, or -1
--
-- Returns {how many rooms there are, record, record, ...}.

local answer = {redis.call('ZCARD', KEYS[1])}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2])) do
    answer[#answer + 1] = redis.call('HGETALL', KEYS[2] .. id)
end
return answer
