-- Write fields of the running operation, and lines of its history.
--
-- KEYS[1]  hash  running
-- KEYS[2]  hash  the operation's record
-- KEYS[3]  list  its history
-- ARGV[1]  token
-- ARGV[2]  line of history, or empty
-- ARGV[3+] fields and values of the record, or nothing
--
-- Returns 1 when somebody cancelled the operation, else 0.
-- include: time, lease, history, cancellation

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
if ARGV[2] ~= '' then
    note(KEYS[3], ARGV[2])
end
if #ARGV > 2 then
    redis.call('HSET', KEYS[2], unpack(ARGV, 3))
end
return is_cancelled(KEYS[2]) and 1 or 0
