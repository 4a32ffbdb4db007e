-- Keep the newest change of each room.
--
-- That a certain instance is gone is remembered at once: a newer change may take its place here.
--
-- KEYS[1]  hash  changes: room -> change as JSON
-- KEYS[2]  hash  settings, missing when the scheduler is
-- KEYS[3]  zset  tombstones
-- ARGV[1]  how long tombstones stand (µs)
-- ARGV[2+] per room: id, change as JSON
-- include: time, changes

if redis.call('EXISTS', KEYS[2]) == 0 then
    return 0
end
local forget_at = integer(now_us() + tonumber(ARGV[1]))
for i = 2, #ARGV, 2 do
    local id, change = ARGV[i], cjson.decode(ARGV[i + 1])
    local waiting = redis.call('HGET', KEYS[1], id)
    if not waiting or is_newer(change, cjson.decode(waiting)) then
        redis.call('HSET', KEYS[1], id, ARGV[i + 1])
    end
    if change.gone and change.uid ~= '' then
        redis.call('ZADD', KEYS[3], forget_at, id .. '/' .. change.uid)
    end
end
return 1
