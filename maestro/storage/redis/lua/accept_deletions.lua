-- The runtime will end these rooms.
--
-- KEYS[1]  hash  running
-- KEYS[2+] hash  records of the rooms
-- ARGV[1]  token
-- include: time, lease

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
local now = integer(now_us())
for i = 2, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 1 then
        redis.call('HSET', KEYS[i], 'deletion_accepted', '1')
        -- What can be deleted exists, even if nobody heard that it was created.
        redis.call('HSETNX', KEYS[i], 'acknowledged_at', now)
    end
end
return 1
