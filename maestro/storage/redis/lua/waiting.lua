-- Which operation begins or goes on next. What is not understood is left to a newer worker.

-- The first id that may begin now, and the list it waits in; nothing when there is none. While an
-- operation is parked, or one that is not understood comes first, only the kinds in
-- `beside_parked` (JSON list) may.
local function first_waiting(lists, open, parked, beside_parked, understands)
    local blocked = redis.call('ZCARD', parked) > 0
    local allowed = {}
    for _, kind in ipairs(cjson.decode(beside_parked)) do
        allowed[kind] = true
    end

    local function first_among(list, last)
        for _, id in ipairs(redis.call('LRANGE', list, 0, last)) do
            if not understands(id) then
                blocked = true
            elseif not blocked or allowed[redis.call('HGET', open, id)] then
                return id
            end
        end
    end

    for _, list in ipairs(lists) do
        local id = not blocked and first_among(list, 0) or nil
        if blocked then
            id = first_among(list, -1)
        end
        if id then
            return id, list
        end
    end
end

-- The first parked id whose time came.
local function first_due(parked, now, understands)
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', parked, '-inf', integer(now))) do
        if understands(id) then
            return id
        end
    end
end
