-- Keep who is told of events from now on. Entries that wait refer to those of their time.
--
-- KEYS[1]  hash  settings
-- KEYS[2]  prefix of the outbox, all in the same slot
-- ARGV[1]  the game and its enabled forwarders as JSON, or empty: there are none
-- ARGV[2]  most entries that wait
-- include: time, rooms, outbox

redis.call('HSET', KEYS[1], 'outbox_limit', ARGV[2])
local lists = KEYS[2] .. 'lists'
local current = redis.call('HGET', KEYS[1], 'forwarders') or ''
if (current ~= '' and redis.call('HGET', lists, current) or '') == ARGV[1] then
    return current
end
local number = ''
if ARGV[1] ~= '' then
    number = next_number(KEYS[2], now_us())
    redis.call('HSET', lists, number, ARGV[1])
end
redis.call('HSET', KEYS[1], 'forwarders', number)
return number
