-- End an open operation, whatever it is doing.
--
-- KEYS[1]  hash    the operation's record
-- KEYS[2]  list    its history
-- KEYS[3]  list    priority
-- KEYS[4]  list    pending
-- KEYS[5]  zset    parked
-- KEYS[6]  set     wakeful
-- KEYS[7]  hash    open
-- KEYS[8]  hash    waiting: kind -> id
-- KEYS[9]  zset    final
-- KEYS[10] hash    running
-- KEYS[11] string  lease
-- ARGV[1]  id
-- ARGV[2]  status it gets
-- ARGV[3+] last lines of its history
--
-- Returns '' or, when it ended before, the status it has; false: there is none.
-- include: time, lease, history, ending

local id = ARGV[1]
local status, kind, created_at = unpack(redis.call('HMGET', KEYS[1], 'status', 'definition',
    'created_at'))
if not status then
    return false
end
if redis.call('HDEL', KEYS[7], id) == 0 then
    return status
end
if redis.call('HGET', KEYS[10], 'operation') == id then
    stop_running(KEYS[10], KEYS[11])
end
leave_queue(KEYS[3], KEYS[4], KEYS[8], kind, id)
redis.call('ZREM', KEYS[5], id)
redis.call('SREM', KEYS[6], id)
keep_as_ended(KEYS[1], KEYS[2], KEYS[9], id, ARGV[2], created_at, {unpack(ARGV, 3)})
return ''
