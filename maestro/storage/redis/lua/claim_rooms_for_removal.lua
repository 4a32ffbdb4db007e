-- Take rooms for deletion, unless something happened to them that forbids it.
--
-- KEYS[1]  hash  running
-- KEYS[2]  zset  status
-- KEYS[3]  string generation
-- KEYS[4]  zset  parked
-- KEYS[5]  set   wakeful
-- KEYS[6+] hash  records of the rooms
-- ARGV[1]  token
-- ARGV[2]  JSON list of statuses that allow it
-- ARGV[3+] ids
--
-- Returns {id, record, id, record, ...} of those taken now, of those taken before whose deletion
-- was not accepted, and of all taken before when their status is allowed.
-- include: time, lease, rooms

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
local allowed = {}
for _, status in ipairs(cjson.decode(ARGV[2])) do
    allowed[status] = true
end
local now, taken, changed = now_us(), {}, false
for i = 6, #KEYS do
    local id = ARGV[i - 3]
    local status, since, accepted, validation = unpack(redis.call('HMGET', KEYS[i], 'status',
        'terminating_since', 'deletion_accepted', 'validation'))
    local again = since and (accepted ~= '1' or allowed[status])
    if status and (again or (not since and allowed[status])) then
        if not again then
            redis.call('HSET', KEYS[i], 'terminating_since', integer(now))
            local room = {status = status, terminating_since = true, validation = validation}
            changed = recompute(KEYS[i], id, room, 1, KEYS[2], now) or changed
        end
        taken[#taken + 1] = id
        taken[#taken + 1] = redis.call('HGETALL', KEYS[i])
    end
end
if changed then
    rooms_changed(KEYS[3], KEYS[4], KEYS[5])
end
return taken
