-- Remove operations that ended; those that are open stay.
--
-- KEYS[1]  zset  final
-- KEYS[2]  hash  open
-- KEYS[3]  prefix of the records of operations, all in the same slot
-- KEYS[4]  prefix of their histories
-- ARGV     ids

for _, id in ipairs(ARGV) do
    if redis.call('HEXISTS', KEYS[2], id) == 0 then
        redis.call('ZREM', KEYS[1], id)
        redis.call('UNLINK', KEYS[3] .. id, KEYS[4] .. id)
    end
end
return #ARGV
