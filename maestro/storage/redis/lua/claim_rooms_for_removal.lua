-- Take rooms for deletion, unless something happened to them that forbids it.
--
-- KEYS[1]  hash  running
-- KEYS[2]  zset  status
-- KEYS[3]  string generation
-- KEYS[4]  zset  parked
-- KEYS[5]  set   wakeful
-- KEYS[6]  zset  ready
-- KEYS[7]  zset  claims
-- KEYS[8]  hash  settings
-- KEYS[9]  prefix of the outbox, all in the same slot
-- KEYS[10+] hash records of the rooms
-- ARGV[1]  token
-- ARGV[2]  JSON list of statuses that allow it
-- ARGV[3]  JSON list of statuses that allow it for rooms that were silent
-- ARGV[4]  since when they must have neither pinged nor been allocated (µs)
-- ARGV[5+] ids
--
-- Returns {id, record, id, record, ...} of those taken now, of those taken before whose deletion
-- was not accepted, and of all taken before when their status is allowed.
-- include: time, lease, rooms, outbox

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
local function set(list)
    local members = {}
    for _, member in ipairs(cjson.decode(list)) do
        members[member] = true
    end
    return members
end

local allowed, allowed_if_silent, since_us = set(ARGV[2]), set(ARGV[3]), tonumber(ARGV[4])

local function was_silent(key)
    local heard = redis.call('HMGET', key, 'last_ping_at', 'allocated_at')
    return tonumber(heard[1] or 0) <= since_us and tonumber(heard[2] or 0) <= since_us
end

local now, taken, changed = now_us(), {}, false

-- That of a room in use while the runtime doubts that it works.
local function status_among_players(key, status)
    local ping, matches, until_us = unpack(redis.call('HMGET', key, 'ping_status', 'matches',
        'allocated_until'))
    local in_use = ping == RULES.says_occupied or tonumber(matches or 0) > 0
        or tonumber(until_us or 0) > now
    return RULES.doubtful[status] and in_use and RULES.occupied or status
end

local keys = {status = KEYS[2], ready = KEYS[6], claims = KEYS[7]}
local settings = record(redis.call('HGETALL', KEYS[8]))
for i = 10, #KEYS do
    local id = ARGV[i - 5]
    local stored, since, accepted, validation = unpack(redis.call('HMGET', KEYS[i], 'status',
        'terminating_since', 'deletion_accepted', 'validation'))
    local status = stored and status_among_players(KEYS[i], stored)
    local again = since and (accepted ~= '1' or allowed[status])
    local may = allowed[status] or (allowed_if_silent[status] and was_silent(KEYS[i]))
    if status and (again or (not since and may)) then
        if not again then
            redis.call('HSET', KEYS[i], 'terminating_since', integer(now))
            local room = {status = stored, terminating_since = true, validation = validation}
            changed = recompute(KEYS[i], id, room, 1, keys, now) or changed
            tell_forwarders(KEYS[9], settings, KEYS[i], id, room, false, now)
        end
        taken[#taken + 1] = id
        taken[#taken + 1] = redis.call('HGETALL', KEYS[i])
    end
end
if changed then
    rooms_changed(KEYS[3], KEYS[4], KEYS[5])
end
return taken
