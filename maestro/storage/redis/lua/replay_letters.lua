-- Let events wait again, as new entries.
--
-- KEYS[1]  hash  settings, missing when the scheduler is
-- KEYS[2]  prefix of the outbox, all in the same slot
-- ARGV[1+] texts of entries
--
-- Returns 1, or 0 when there is no scheduler.
-- include: time, rooms, outbox

if redis.call('EXISTS', KEYS[1]) == 0 then
    return 0
end
local limit = tonumber(redis.call('HGET', KEYS[1], 'outbox_limit'))
for _, text in ipairs(ARGV) do
    local number = next_number(KEYS[2], now_us())
    add_entry(KEYS[2], 'events', number, number, text, limit)
end
return 1
