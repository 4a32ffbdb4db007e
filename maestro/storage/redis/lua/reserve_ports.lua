-- Give each room the host ports it wants, so that no two rooms share one of a protocol.
--
-- KEYS[1]  hash  running
-- KEYS[2]  hash  ports: protocol:port -> 'room port-name'
-- ARGV[1]  token
-- ARGV[2]  JSON list of what each room wants: {name, protocol, start, end}
-- ARGV[3]  JSON list of 'protocol:port' that nobody may get now
-- ARGV[4+] per room: id, where in a range to begin looking
--
-- Returns per room: a list of numbers in the order of ARGV[2], or a list of the four numbers
-- {-1, free, start, end} of the range that has too few.
-- include: time, lease

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
local wishes = cjson.decode(ARGV[2])
local holders, held = record(redis.call('HGETALL', KEYS[2])), {}
for port, holder in pairs(holders) do
    held[holder] = tonumber(port:match(':(%d+)$'))
end
for _, port in ipairs(cjson.decode(ARGV[3])) do
    holders[port] = holders[port] or ''
end

local function pick(wish, offset, mine)
    local size = wish['end'] - wish.start + 1
    for step = 0, size - 1 do
        local number = wish.start + (offset + step) % size
        if not mine[number] and not holders[wish.protocol .. ':' .. integer(number)] then
            return number
        end
    end
end

local function shortage(wish)
    local free = 0
    for number = wish.start, wish['end'] do
        if not holders[wish.protocol .. ':' .. integer(number)] then
            free = free + 1
        end
    end
    return {-1, free, wish.start, wish['end']}
end

-- What the first room was told that got none: others that have none either get the same answer,
-- without looking through a range that may be wide.
local refused = nil

local function has_ports(room)
    for _, wish in ipairs(wishes) do
        if held[room .. ' ' .. wish.name] then
            return true
        end
    end
    return false
end

local function ports_for(room, offset)
    if refused and not has_ports(room) then
        return refused
    end
    local numbers, mine = {}, {}
    for i, wish in ipairs(wishes) do
        local number = held[room .. ' ' .. wish.name] or pick(wish, offset, mine)
        if not number then
            refused = shortage(wish)
            return refused
        end
        numbers[i], mine[number] = number, true
    end
    for i, wish in ipairs(wishes) do
        local port, holder = wish.protocol .. ':' .. integer(numbers[i]), room .. ' ' .. wish.name
        holders[port] = holder
        redis.call('HSET', KEYS[2], port, holder)
    end
    return numbers
end

local answers = {}
for i = 4, #ARGV, 2 do
    answers[#answers + 1] = ports_for(ARGV[i], tonumber(ARGV[i + 1]))
end
return answers
