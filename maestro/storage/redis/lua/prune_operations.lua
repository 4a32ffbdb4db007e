-- Remove from all lists what has no record.
--
-- KEYS[1]  list  priority
-- KEYS[2]  list  pending
-- KEYS[3]  zset  parked
-- KEYS[4]  set   wakeful
-- KEYS[5]  hash  open
-- KEYS[6]  hash  waiting: kind -> id
-- KEYS[7]  zset  final
-- KEYS[8]  prefix of the records of operations, all in the same slot
--
-- Returns how many there were. An operation that deletes itself has no record, and ends soon.

local pruned = 0

local function each_lost(ids, remove)
    for _, id in ipairs(ids) do
        if redis.call('EXISTS', KEYS[8] .. id) == 0 then
            remove(id)
            pruned = pruned + 1
        end
    end
end

each_lost(redis.call('LRANGE', KEYS[1], 0, -1), function(id) redis.call('LREM', KEYS[1], 1, id) end)
each_lost(redis.call('LRANGE', KEYS[2], 0, -1), function(id) redis.call('LREM', KEYS[2], 1, id) end)
each_lost(redis.call('ZRANGE', KEYS[3], 0, -1), function(id)
    redis.call('ZREM', KEYS[3], id)
    redis.call('SREM', KEYS[4], id)
end)
each_lost(redis.call('HKEYS', KEYS[5]), function(id) redis.call('HDEL', KEYS[5], id) end)
each_lost(redis.call('ZRANGE', KEYS[7], 0, -1), function(id) redis.call('ZREM', KEYS[7], id) end)
for _, kind in ipairs(redis.call('HKEYS', KEYS[6])) do
    each_lost({redis.call('HGET', KEYS[6], kind)}, function() redis.call('HDEL', KEYS[6], kind) end)
end
return pruned
