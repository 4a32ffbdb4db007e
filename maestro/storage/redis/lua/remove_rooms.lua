-- Forget rooms that the runtime does not have, and free what was reserved for them.
--
-- KEYS[1]  hash  running
-- KEYS[2]  zset  rooms
-- KEYS[3]  zset  status
-- KEYS[4]  hash  ports
-- KEYS[5]  zset  tombstones
-- KEYS[6]  string generation
-- KEYS[7]  zset  parked
-- KEYS[8]  set   wakeful
-- KEYS[9]  zset  ready
-- KEYS[10] zset  claims
-- KEYS[11] hash  settings
-- KEYS[12] prefix of the outbox, all in the same slot
-- KEYS[13+] hash records of the rooms
-- ARGV[1]  token
-- ARGV[2]  how long tombstones stand (µs)
-- ARGV[3]  '1': they existed, so forwarders are told that they are over
-- ARGV[4+] ids
-- include: time, lease, rooms, outbox

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
local keys = {rooms = KEYS[2], status = KEYS[3], ports = KEYS[4], tombstones = KEYS[5],
    ready = KEYS[9], claims = KEYS[10]}
local now = now_us()
local forget_at, settings = now + tonumber(ARGV[2]), record(redis.call('HGETALL', KEYS[11]))
local never_registered, changed = {}, false
for i = 13, #KEYS do
    local id = ARGV[i - 9]
    if redis.call('EXISTS', KEYS[i]) == 1 then
        if ARGV[3] == '1' then
            tell_loss(KEYS[12], settings, KEYS[i], id, now)
        end
        remove_room(KEYS[i], id, keys, forget_at)
        changed = true
    else
        never_registered[id] = true
    end
end
if next(never_registered) then
    for port, holder in pairs(record(redis.call('HGETALL', KEYS[4]))) do
        if never_registered[holder:match('^%S+')] then
            redis.call('HDEL', KEYS[4], port)
        end
    end
end
if changed then
    rooms_changed(KEYS[6], KEYS[7], KEYS[8])
end
return 1
