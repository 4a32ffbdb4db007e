-- The runtime will end these rooms.
--
-- KEYS[1]  hash  running
-- KEYS[2+] hash  records of the rooms
-- ARGV[1]  token
-- include: lease

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
for i = 2, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 1 then
        redis.call('HSET', KEYS[i], 'deletion_accepted', '1')
    end
end
return 1
