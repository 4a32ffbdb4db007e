-- How many rooms there are of each status. Changes nothing.
--
-- KEYS[1]  zset  status
--
-- Returns a number per status, in the order of their codes.
-- include: rooms

local counts = {}
for _, code in pairs(RULES.code) do
    counts[code + 1] = redis.call('ZCOUNT', KEYS[1], code, code)
end
return counts
