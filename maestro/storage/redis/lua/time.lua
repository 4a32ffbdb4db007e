-- The clock of the server, the only one that scripts read.

local function now_us()
    local time = redis.call('TIME')
    return time[1] * 1000000 + time[2]
end

-- Lua would write a large number with an exponent.
local function integer(number)
    return string.format('%.0f', number)
end

local function record(flat)
    local fields = {}
    for i = 1, #flat, 2 do
        fields[flat[i]] = flat[i + 1]
    end
    return fields
end
