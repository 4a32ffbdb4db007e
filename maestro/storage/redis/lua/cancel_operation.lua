-- End an operation that waits; have one that began rolled back.
--
-- KEYS[1]  hash  the operation's record
-- KEYS[2]  list  its history
-- KEYS[3]  list  priority
-- KEYS[4]  list  pending
-- KEYS[5]  zset  parked
-- KEYS[6]  hash  open
-- KEYS[7]  hash  waiting: kind -> id
-- KEYS[8]  zset  final
-- ARGV[1]  id
-- ARGV[2]  status of those that wait
-- ARGV[3]  status of those that began
-- ARGV[4]  status it gets
-- ARGV[5+] last lines of its history, when it waited
--
-- Returns {'ended' | 'flagged' | 'committed' | 'final', status it had}, or false: there is none.
-- include: time, history, ending

local id = ARGV[1]
local status, kind, created_at, committed = unpack(redis.call('HMGET', KEYS[1], 'status',
    'definition', 'created_at', 'committed'))
if not status then
    return false
end
if status == ARGV[3] then
    if committed == '1' then
        return {'committed', status}
    end
    redis.call('HSET', KEYS[1], 'cancel', '1')
    redis.call('ZADD', KEYS[5], 'XX', 0, id)
    return {'flagged', status}
end
if status ~= ARGV[2] then
    return {'final', status}
end
leave_queue(KEYS[3], KEYS[4], KEYS[7], kind, id)
redis.call('HDEL', KEYS[6], id)
redis.call('HSET', KEYS[1], 'cancel', '1')
keep_as_ended(KEYS[1], KEYS[2], KEYS[8], id, ARGV[4], created_at, {unpack(ARGV, 5)})
return {'ended', status}
