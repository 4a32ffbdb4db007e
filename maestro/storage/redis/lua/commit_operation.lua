-- Let the running operation have no way back any more, unless somebody cancelled it.
--
-- KEYS[1]  hash  running
-- KEYS[2]  hash  the operation's record
-- ARGV[1]  token
--
-- Returns 1, or 0 when it was cancelled.
-- include: lease, cancellation

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
if is_cancelled(KEYS[2]) then
    return 0
end
redis.call('HSET', KEYS[2], 'committed', '1')
return 1
