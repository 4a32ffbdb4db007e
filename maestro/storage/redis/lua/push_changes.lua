-- Keep the newest change of each room.
--
-- KEYS[1]  hash  changes: room -> change as JSON
-- KEYS[2]  hash  settings, missing when the scheduler is
-- ARGV     per room: id, change as JSON
-- include: changes

if redis.call('EXISTS', KEYS[2]) == 0 then
    return 0
end
for i = 1, #ARGV, 2 do
    local waiting = redis.call('HGET', KEYS[1], ARGV[i])
    if not waiting or is_newer(cjson.decode(ARGV[i + 1]), cjson.decode(waiting)) then
        redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    end
end
return 1
