-- Number the full list that is about to begin.
--
-- KEYS[1]  string  the number given last
--
-- Returns a number greater than any before, also of those that the server forgot while others
-- remember rooms that were numbered by it: it keeps pace with the clock (ms).
-- include: time

local last = tonumber(redis.call('GET', KEYS[1]) or 0)
local number = integer(math.max(last + 1, math.floor(now_us() / 1000)))
redis.call('SET', KEYS[1], number)
return number
