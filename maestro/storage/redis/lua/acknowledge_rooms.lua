-- The runtime acknowledged the creation of these rooms.
--
-- KEYS[1]  hash  running
-- KEYS[2+] hash  records of the rooms
-- ARGV[1]  token
-- ARGV[2+] uids of the instances
-- include: time, lease

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
local now = integer(now_us())
for i = 2, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 1 then
        redis.call('HSETNX', KEYS[i], 'acknowledged_at', now)
        redis.call('HSETNX', KEYS[i], 'uid', ARGV[i])
    end
end
return 1
