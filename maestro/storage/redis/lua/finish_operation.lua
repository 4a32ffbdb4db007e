-- End the running operation.
--
-- KEYS[1]  hash    running
-- KEYS[2]  string  lease
-- KEYS[3]  hash    the operation's record
-- KEYS[4]  list    its history
-- KEYS[5]  hash    open
-- KEYS[6]  zset    final
-- ARGV[1]  token
-- ARGV[2]  id
-- ARGV[3]  final status
-- ARGV[4]  input, as it is now
-- ARGV[5]  last line of its history
-- ARGV[6]  '1': keep its record
-- ARGV[7]  '1': not when somebody cancelled it
--
-- Returns 1, or 0 when it was cancelled and goes on running.
-- include: time, lease, history, cancellation, ending

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
if ARGV[7] == '1' and is_cancelled(KEYS[3]) then
    return 0
end
stop_running(KEYS[1], KEYS[2])
redis.call('HDEL', KEYS[5], ARGV[2])
if ARGV[6] ~= '1' or redis.call('EXISTS', KEYS[3]) == 0 then
    redis.call('DEL', KEYS[3], KEYS[4])
    return 1
end
redis.call('HSET', KEYS[3], 'input', ARGV[4])
local created_at = redis.call('HGET', KEYS[3], 'created_at')
keep_as_ended(KEYS[3], KEYS[4], KEYS[6], ARGV[2], ARGV[3], created_at, {ARGV[5]})
return 1
