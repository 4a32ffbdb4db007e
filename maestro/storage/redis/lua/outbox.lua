-- What forwarders are to be told, written by whatever makes it happen. `outbox` is the prefix of
-- its keys; `settings` holds two fields of the scheduler's: forwarders, outbox_limit.

-- Greater than every number before it, and the time as far as that goes.
local function next_number(outbox, now)
    local last = tonumber(redis.call('GET', outbox .. 'last') or 0)
    local number = integer(math.max(now, last + 1))
    redis.call('SET', outbox .. 'last', number)
    return number
end

local function forget_entry(outbox, set, entry)
    redis.call('ZREM', outbox .. set, entry)
    redis.call('HDEL', outbox .. 'entries', entry)
    redis.call('HDEL', outbox .. 'partly', entry)
end

-- Resyncs make room: another one of the same room will come.
local function keep_within(outbox, limit)
    local resyncs, events = outbox .. 'resyncs', outbox .. 'events'
    if redis.call('ZCARD', resyncs) + redis.call('ZCARD', events) > limit then
        local oldest = redis.call('ZRANGE', resyncs, 0, 0)[1]
        if oldest then
            forget_entry(outbox, 'resyncs', oldest)
            redis.call('INCR', outbox .. 'dropped')
        end
    end
end

local function add_entry(outbox, set, entry, number, text, limit)
    redis.call('ZADD', outbox .. set, number, entry)
    redis.call('HSET', outbox .. 'entries', entry, text)
    keep_within(outbox, limit)
end

-- By hand, as texts that are JSON already stay as they are.
local function entry_text(kind, id, host, ports, list, more)
    return '{"kind":"' .. kind .. '","room":' .. cjson.encode(id) .. ',"host":'
        .. cjson.encode(host) .. ',"ports":' .. ports .. ',"list":"' .. list .. '"' .. more .. '}'
end

-- A room is as it is now: its termination is told once, and what it says only before that.
-- `room` holds its status, instance_status, terminating_since and validation, as text or false;
-- `ping` is what it said just now, or false.
local function tell_forwarders(outbox, settings, key, id, room, ping, now)
    local list = settings.forwarders or ''
    if list == '' or room.validation == '1' then
        return
    end
    local host, ports, metadata, told = unpack(redis.call('HMGET', key, 'host', 'ports',
        'metadata', 'told_terminated'))
    local limit = tonumber(settings.outbox_limit)
    host, ports = host or '', ports or '[]'
    if room.terminating_since or (RULES.over[room.status] or {})[room.instance_status] then
        if not told then
            redis.call('HSET', key, 'told_terminated', '1')
            local number = next_number(outbox, now)
            add_entry(outbox, 'events', number, number,
                entry_text('terminated', id, host, ports, list, ''), limit)
        end
    elseif ping and host ~= '' and ports ~= '[]' then
        if told then
            -- It is alive again, and will be told to be over when it is over.
            redis.call('HDEL', key, 'told_terminated')
        end
        local said = ',"ping":"' .. ping .. '","metadata":' .. (metadata or '{}')
        add_entry(outbox, 'resyncs', 'r/' .. id, next_number(outbox, now),
            entry_text('resync', id, host, ports, list, said), limit)
    end
end

-- The room is gone, however that came about.
local function tell_loss(outbox, settings, key, id, now)
    local validation = redis.call('HGET', key, 'validation')
    tell_forwarders(outbox, settings, key, id,
        {terminating_since = true, validation = validation}, false, now)
end
