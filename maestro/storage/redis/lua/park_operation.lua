-- Let the running operation wait without a lease.
--
-- KEYS[1]  hash    running
-- KEYS[2]  string  lease
-- KEYS[3]  zset    parked
-- KEYS[4]  set     wakeful
-- KEYS[5]  string  generation of the rooms
-- KEYS[6]  hash    the operation's record
-- ARGV[1]  token
-- ARGV[2]  id
-- ARGV[3]  when it goes on (µs)
-- ARGV[4]  '1': also when a room changes
--
-- A room that changed since the operation was taken counts as a change that is still to come; and
-- one that was cancelled goes on at once.
-- include: lease, cancellation

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
local due = ARGV[3]
if ARGV[4] == '1' then
    local seen = redis.call('HGET', KEYS[6], 'generation')
    if seen ~= (redis.call('GET', KEYS[5]) or '0') then
        due = '0'
    end
    redis.call('SADD', KEYS[4], ARGV[2])
end
if is_cancelled(KEYS[6]) then
    due = '0'
end
stop_running(KEYS[1], KEYS[2])
redis.call('ZADD', KEYS[3], due, ARGV[2])
return 1
