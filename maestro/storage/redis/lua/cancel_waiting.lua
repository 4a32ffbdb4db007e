-- End everything that is pending or parked, on behalf of the running operation.
--
-- KEYS[1]  hash  running
-- KEYS[2]  list  priority
-- KEYS[3]  list  pending
-- KEYS[4]  zset  parked
-- KEYS[5]  set   wakeful
-- KEYS[6]  hash  open
-- KEYS[7]  hash  waiting
-- KEYS[8]  zset  final
-- KEYS[9]  prefix of the records of operations, all in the same slot
-- KEYS[10] prefix of their histories
-- ARGV[1]  token
-- ARGV[2]  status they get
-- ARGV[3]  last line of their histories
--
-- Returns the ids.
-- include: time, lease, history, ending

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
local cancelled = {}
local function cancel(ids)
    for _, id in ipairs(ids) do
        local operation, history = KEYS[9] .. id, KEYS[10] .. id
        local created_at = redis.call('HGET', operation, 'created_at')
        if created_at then
            keep_as_ended(operation, history, KEYS[8], id, ARGV[2], created_at, {ARGV[3]})
            cancelled[#cancelled + 1] = id
        end
        redis.call('HDEL', KEYS[6], id)
    end
end
cancel(redis.call('LRANGE', KEYS[2], 0, -1))
cancel(redis.call('LRANGE', KEYS[3], 0, -1))
cancel(redis.call('ZRANGE', KEYS[4], 0, -1))
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[7])
return cancelled
