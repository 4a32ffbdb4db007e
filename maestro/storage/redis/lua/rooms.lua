-- What happens to a room. RULES are the tables of domain/rooms.py.

-- A room changed: health is to be checked, and operations that wait for it go on.
-- Returns 1 when there are such.
local function rooms_changed(generation, parked, wakeful)
    redis.call('INCR', generation)
    local ids = redis.call('SMEMBERS', wakeful)
    for _, id in ipairs(ids) do
        redis.call('ZADD', parked, 'XX', 0, id)
    end
    return #ids > 0 and 1 or 0
end

-- Whether the fleet should be checked because of it: once, then not until a moment has passed.
local function wants_check(checking, settings)
    local wait_ms = redis.call('HGET', settings, 'check_again_ms') or '1000'
    return redis.call('SET', checking, '1', 'NX', 'PX', wait_ms) and 1 or 0
end

local function load_of(matches, max_matches)
    if matches < 1 then
        return 'none'
    end
    return matches >= max_matches and 'full' or 'some'
end

local function status_of(ping, instance, matches, max_matches)
    local composed = RULES.composition[ping][instance]
    local refinement = max_matches > 1 and RULES.refinement[composed]
    return refinement and refinement[load_of(matches, max_matches)] or composed
end

-- Ready rooms that have an address wait to be allocated, in the order in which they became ready;
-- those in quarantine from its end on.
local function index_ready(key, id, status, ready, now)
    local host, quarantined_until = unpack(redis.call('HMGET', key, 'host', 'quarantined_until'))
    if RULES.allocatable[status] and (host or '') ~= '' then
        local since = math.max(now, tonumber(quarantined_until or 0))
        redis.call('ZADD', ready, integer(since), id)
    else
        redis.call('ZREM', ready, id)
    end
end

local function end_claim(key, id, claims)
    redis.call('HDEL', key, 'allocated_until')
    redis.call('ZREM', claims, id)
end

-- Store the status that follows from what ping and instance say; returns it if it is another.
-- `room` holds the fields that decide, as text or false: status, ping_status, instance_status,
-- matches, allocated_until, terminating_since, validation. `keys` names the indexes: status, ready,
-- claims.
local function recompute(key, id, room, max_matches, keys, now)
    local status = room.status
    if RULES.last[status] then
        return false
    end
    if room.terminating_since then
        status = RULES.deleting
        end_claim(key, id, keys.claims)
    else
        status = status_of(room.ping_status, room.instance_status, tonumber(room.matches) or 0,
            max_matches)
        if room.allocated_until then
            if RULES.claim_holds[status] and tonumber(room.allocated_until) > now then
                status = RULES.claimed[status] or status
            else
                end_claim(key, id, keys.claims)
            end
        end
    end
    if status == room.status then
        return false
    end
    redis.call('HSET', key, 'status', status)
    if room.validation ~= '1' then
        redis.call('ZADD', keys.status, RULES.code[status], id)
        index_ready(key, id, status, keys.ready, now)
    end
    return status
end

-- Let claims whose time is over end, the oldest of them; returns whether a room changed by that.
-- `keys` also names what the records of rooms begin with: room_prefix.
local function expire_claims(keys, max_matches, now, most)
    local changed = false
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', keys.claims, '-inf', integer(now), 'LIMIT', 0,
            most)) do
        local key = keys.room_prefix .. id
        local room = record(redis.call('HGETALL', key))
        if room.status and room.allocated_until then
            changed = recompute(key, id, room, max_matches, keys, now) or changed
        end
        redis.call('ZREM', keys.claims, id)
    end
    return changed
end

local function port_key(port)
    return port.protocol .. ':' .. integer(port.port)
end

local function port_holder(id, port)
    return id .. ' ' .. port.name
end

-- Forget a room, free its ports and remember its instance, so that no old news revives it.
local function remove_room(key, id, keys, forget_at)
    local uid, ports = unpack(redis.call('HMGET', key, 'uid', 'ports'))
    for _, port in ipairs(cjson.decode(ports or '[]')) do
        if redis.call('HGET', keys.ports, port_key(port)) == port_holder(id, port) then
            redis.call('HDEL', keys.ports, port_key(port))
        end
    end
    redis.call('DEL', key)
    redis.call('ZREM', keys.rooms, id)
    redis.call('ZREM', keys.status, id)
    redis.call('ZREM', keys.ready, id)
    redis.call('ZREM', keys.claims, id)
    if uid and uid ~= '' then
        redis.call('ZADD', keys.tombstones, integer(forget_at), id .. '/' .. uid)
    end
end
