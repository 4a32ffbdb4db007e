-- Forget the crashes of a fleet.
--
-- KEYS[1]  hash  settings, missing when there is no fleet
-- KEYS[2]  zset  crashes
-- include: time

if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HSET', KEYS[1], 'resumed_at', integer(now_us()))
    redis.call('DEL', KEYS[2])
end
return 1
