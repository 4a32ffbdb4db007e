-- Write what pings need to know of the active version, and who is told of events from now on.
--
-- KEYS[1]  hash  running
-- KEYS[2]  hash  settings
-- KEYS[3]  prefix of the outbox, all in the same slot
-- ARGV[1]  token of the operation on whose behalf it is, or empty
-- ARGV[2]  '1': leave what is written, which is at least as new
-- ARGV[3]  the game and its enabled forwarders as JSON, or empty: there are none
-- ARGV[4]  most entries of the outbox that wait
-- ARGV[5+] fields and values
-- include: time, lease, rooms, outbox

-- Entries that wait refer to the list of their time.
local function keep_forwarders(settings, outbox, text)
    local lists = outbox .. 'lists'
    local current = redis.call('HGET', settings, 'forwarders') or ''
    if (current ~= '' and redis.call('HGET', lists, current) or '') == text then
        return
    end
    local number = ''
    if text ~= '' then
        number = next_number(outbox, now_us())
        redis.call('HSET', lists, number, text)
    end
    redis.call('HSET', settings, 'forwarders', number)
end

local refusal = ARGV[1] ~= '' and refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
local anyway = ARGV[2] ~= '1'
if anyway or redis.call('EXISTS', KEYS[2]) == 0 then
    redis.call('HSET', KEYS[2], unpack(ARGV, 5))
    if not anyway then
        redis.call('HSET', KEYS[2], 'rebuilt_at', integer(now_us()))
    end
end
-- A fleet may have been configured before there were forwarders.
if anyway or redis.call('HEXISTS', KEYS[2], 'outbox_limit') == 0 then
    redis.call('HSET', KEYS[2], 'outbox_limit', ARGV[4])
    keep_forwarders(KEYS[2], KEYS[3], ARGV[3])
end
return 1
