-- Write what pings need to know of the active version.
--
-- KEYS[1]  hash  running
-- KEYS[2]  hash  settings
-- ARGV[1]  token of the operation on whose behalf it is, or empty
-- ARGV[2]  '1': leave what is written, which is at least as new
-- ARGV[3+] fields and values
-- include: time, lease

local refusal = ARGV[1] ~= '' and refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
if ARGV[2] ~= '1' or redis.call('EXISTS', KEYS[2]) == 0 then
    redis.call('HSET', KEYS[2], unpack(ARGV, 3))
    if ARGV[2] == '1' then
        redis.call('HSET', KEYS[2], 'rebuilt_at', integer(now_us()))
    end
end
return 1
