-- Settle entries, and read newer ones.
--
-- KEYS[1]  string lease
-- KEYS[2]  hash   settings
-- KEYS[3]  prefix of the outbox, all in the same slot
-- ARGV[1]  token
-- ARGV[2]  number of the newest entry that was read
-- ARGV[3]  most entries to read
-- ARGV[4]  how many entries are done
-- ARGV[5+] per entry that is done: key, number; then per entry that is done in part: key, number,
--          JSON list of the forwarders that heard of it
--
-- Returns {now, read up to, key, number, text, partly or false, ...}, or false when the lease is
-- another one's.
-- include: time, rooms, outbox

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return false
end
local outbox = KEYS[3]
local resyncs, events, lists = outbox .. 'resyncs', outbox .. 'events', outbox .. 'lists'

local function set_of(entry)
    return entry:sub(1, 2) == 'r/' and 'resyncs' or 'events'
end

-- A resync that was replaced since it was read is another entry.
local function is_as_read(entry, number)
    local score = redis.call('ZSCORE', outbox .. set_of(entry), entry)
    return score and tonumber(score) == tonumber(number)
end

local position, done = 5, tonumber(ARGV[4])
for _ = 1, done do
    local entry, number = ARGV[position], ARGV[position + 1]
    if is_as_read(entry, number) then
        forget_entry(outbox, set_of(entry), entry)
    end
    position = position + 2
end
for i = position, #ARGV, 3 do
    local entry, number, names = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    if is_as_read(entry, number) then
        redis.call('HSET', outbox .. 'partly', entry,
            '{"number":' .. number .. ',"names":' .. names .. '}')
    end
end

-- Lists of forwarders that no entry is old enough to refer to.
if redis.call('HLEN', lists) > 1 then
    local oldest = math.huge
    for _, set in ipairs({resyncs, events}) do
        oldest = math.min(oldest, tonumber(redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')[2]
            or math.huge))
    end
    local numbers = redis.call('HKEYS', lists)
    table.sort(numbers, function(one, other) return tonumber(one) < tonumber(other) end)
    for i = 1, #numbers - 1 do
        if tonumber(numbers[i + 1]) <= oldest and numbers[i] ~= redis.call('HGET', KEYS[2],
            'forwarders') then
            redis.call('HDEL', lists, numbers[i])
        end
    end
end

local after, limit = ARGV[2], tonumber(ARGV[3])
local found, cut = {}, math.huge
local function read(set)
    local flat = redis.call('ZRANGEBYSCORE', set, '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0,
        limit)
    for i = 1, #flat, 2 do
        found[#found + 1] = {flat[i], flat[i + 1]}
    end
    if #flat == 2 * limit then
        cut = math.min(cut, tonumber(flat[#flat]))
    end
end
local answer = {integer(now_us()), after}
if limit > 0 then
    read(resyncs)
    read(events)
    table.sort(found, function(one, other) return tonumber(one[2]) < tonumber(other[2]) end)
    for _, each in ipairs(found) do
        local entry, number = each[1], tonumber(each[2])
        if number <= cut then
            answer[2] = integer(number)
            answer[#answer + 1] = entry
            answer[#answer + 1] = answer[2]
            answer[#answer + 1] = redis.call('HGET', outbox .. 'entries', entry)
            answer[#answer + 1] = redis.call('HGET', outbox .. 'partly', entry)
        end
    end
end
return answer
