-- Show operations that ended, on both sides of the newest one in the archive. Changes nothing.
--
-- KEYS[1]  zset  final: id -> when it was created (µs)
-- KEYS[2]  prefix of the records of operations, all in the same slot
-- ARGV[1]  when the newest one in the archive was created (µs), or '-inf'
-- ARGV[2]  '1': newest first
-- ARGV[3]  how many to leave out, maybe negative
-- ARGV[4]  how many to show
--
-- Returns {how many are newer, place of the first shown, records shown, older: id, created, …}.

local final, edge = KEYS[1], ARGV[1]
local offset, limit = tonumber(ARGV[3]), tonumber(ARGV[4])
local older = {}
local after = edge
if edge ~= '-inf' then
    after = '(' .. edge
    older = redis.call('ZRANGE', final, '-inf', edge, 'BYSCORE', 'WITHSCORES')
end
local ids
if ARGV[2] == '1' then
    offset = math.max(0, offset)
    ids = redis.call('ZRANGE', final, '+inf', after, 'BYSCORE', 'REV', 'LIMIT', offset, limit)
else
    local surplus = #older / 2
    offset, limit = math.max(0, offset - surplus), limit + surplus
    ids = redis.call('ZRANGE', final, after, '+inf', 'BYSCORE', 'LIMIT', offset, limit)
end
local records = {}
for i, id in ipairs(ids) do
    records[i] = redis.call('HGETALL', KEYS[2] .. id)
end
return {redis.call('ZCOUNT', final, after, '+inf'), offset, records, older}
