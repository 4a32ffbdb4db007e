-- Apply what the watcher learned to the rooms.
--
-- KEYS[1]  hash  changes: room -> change as JSON
-- KEYS[2]  hash  settings, missing when the scheduler is
-- KEYS[3]  zset  rooms
-- KEYS[4]  zset  status
-- KEYS[5]  hash  ports
-- KEYS[6]  zset  tombstones
-- KEYS[7]  string generation
-- KEYS[8]  zset  parked
-- KEYS[9]  set   wakeful
-- KEYS[10] hash  running
-- KEYS[11] string lease
-- KEYS[12] string checking
-- KEYS[13] zset  crashes
-- KEYS[14] zset  ready
-- KEYS[15] zset  claims
-- KEYS[16] prefix of the outbox, all in the same slot
-- KEYS[17+] hash records of the rooms
-- ARGV[1]  how long tombstones stand (µs)
-- ARGV[2]  how long a room that was forgotten is given to nobody (µs)
-- ARGV[3+] per room: id, the change as it was read; a newer one that came since stays
--
-- Returns {wakes an operation 0/1, wants a health check 0/1, changes left}.
-- include: time, rooms, outbox, changes

local now = now_us()
local keys = {rooms = KEYS[3], status = KEYS[4], ports = KEYS[5], tombstones = KEYS[6],
    ready = KEYS[14], claims = KEYS[15]}
local settings = record(redis.call('HGETALL', KEYS[2]))
local leased = redis.call('EXISTS', KEYS[11]) == 1 and redis.call('HGET', KEYS[10], 'operation')
local changed = false
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', integer(now))

local function is_buried(id, uid)
    return uid and redis.call('ZSCORE', KEYS[6], id .. '/' .. uid)
end

local function is_gone(id, change, room)
    if is_buried(id, room.uid) then
        return true
    end
    if change.uid ~= '' then
        return not room.uid or room.uid == change.uid
    end
    -- Absence from a list tells nothing of what was created while it was read.
    return room.acknowledged_at
        and tonumber(room.acknowledged_at) < tonumber(change.listed_at)
        and tonumber(room.epoch or 0) < tonumber(change.epoch)
        and leased ~= room.operation
end

-- In a room that was forgotten there may be a match, or players on their way to one.
local function adopt(key, id, change)
    redis.call('HSET', key, 'id', id, 'version', change.version, 'operation', change.operation,
        'validation', change.validation, 'created_at', change.created_at,
        'acknowledged_at', integer(now), 'ping_status', 'unknown', 'ports', change.ports,
        'status', 'none', 'quarantined_until', integer(now + tonumber(ARGV[2])))
    redis.call('ZADD', KEYS[3], 0, id)
    for _, port in ipairs(cjson.decode(change.ports)) do
        redis.call('HSETNX', KEYS[5], port_key(port), port_holder(id, port))
    end
    return record(redis.call('HGETALL', key))
end

-- A room crashed that ended in an error, or at all before it ever said anything; unless it was
-- told to end. Of one that is only just adopted nobody knows that.
local function note_crash(id, change, room)
    local ended_early = change.status == 'terminating' and room.ping_status == 'unknown'
    local is_over = room.instance_status == 'error' or room.instance_status == 'terminating'
    if room.terminating_since or room.validation == '1' or is_over then
        return
    elseif change.status == 'error' or ended_early then
        redis.call('ZADD', KEYS[13], integer(now), room.version .. '/' .. id)
        -- Enough to count with; a fleet that crashes all day must not fill the memory.
        redis.call('ZREMRANGEBYRANK', KEYS[13], 0, -1001)
    end
end

local function show(key, id, change, room)
    if is_buried(id, change.uid) then
        return
    end
    local is_known = room.status
    if not is_known then
        room = adopt(key, id, change)
    elseif room.epoch and not is_newer(change, room) then
        return
    end
    redis.call('HSET', key, 'uid', change.uid, 'epoch', change.epoch,
        'resource_version', change.resource_version, 'instance_status', change.status,
        'instance_description', change.description, 'host', change.host)
    redis.call('HSETNX', key, 'acknowledged_at', integer(now))
    if change.host ~= '' then
        redis.call('HSET', key, 'ports', change.ports)
    end
    if is_known then
        note_crash(id, change, room)
    end
    room.instance_status = change.status
    local status = recompute(key, id, room, tonumber(settings.max_matches), keys, now)
    changed, room.status = status or changed, status or room.status
    tell_forwarders(KEYS[16], settings, key, id, room, false, now)
end

local function apply(key, id, change)
    local room = record(redis.call('HGETALL', key))
    if not change.gone then
        show(key, id, change, room)
    elseif room.status and is_gone(id, change, room) then
        tell_loss(KEYS[16], settings, key, id, now)
        remove_room(key, id, keys, now + tonumber(ARGV[1]))
        changed = true
    end
end

for i = 17, #KEYS do
    local id, read = ARGV[2 * i - 31], ARGV[2 * i - 30]
    if redis.call('HGET', KEYS[1], id) == read then
        redis.call('HDEL', KEYS[1], id)
        if settings.max_matches then
            apply(KEYS[i], id, cjson.decode(read))
        end
    end
end
local left = redis.call('HLEN', KEYS[1])
if not changed then
    return {0, 0, left}
end
return {rooms_changed(KEYS[7], KEYS[8], KEYS[9]), wants_check(KEYS[12], KEYS[2]), left}
