-- Which operation begins next.

-- The first id that may begin now, and the list it waits in; nothing when there is none. While an
-- operation is parked only the kinds in `beside_parked` (JSON list) may.
local function first_waiting(lists, open, parked, beside_parked)
    local allowed = false
    if redis.call('ZCARD', parked) > 0 then
        allowed = {}
        for _, kind in ipairs(cjson.decode(beside_parked)) do
            allowed[kind] = true
        end
    end
    for _, list in ipairs(lists) do
        for _, id in ipairs(redis.call('LRANGE', list, 0, allowed and -1 or 0)) do
            if not allowed or allowed[redis.call('HGET', open, id)] then
                return id, list
            end
        end
    end
end
