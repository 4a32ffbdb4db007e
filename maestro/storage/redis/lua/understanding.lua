-- Which operations the one who asks knows how to do.

-- A function that tells it of an id. `reads` is JSON: {kinds: {kind: true}, format: newest known}.
local function understanding(reads, operation_prefix, open)
    local known = cjson.decode(reads)
    return function(id)
        local kind = redis.call('HGET', open, id)
        if not kind or not known.kinds[kind] then
            return false
        end
        local format = redis.call('HGET', operation_prefix .. id, 'format')
        return tonumber(format or '1') <= known.format
    end
end
