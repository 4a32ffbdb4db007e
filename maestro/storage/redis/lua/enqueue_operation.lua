-- Put an operation into the list it waits in, once.
--
-- KEYS[1]  hash  the operation's record
-- KEYS[2]  list  its history
-- KEYS[3]  list  where it waits: priority or pending
-- KEYS[4]  hash  open: id -> kind
-- KEYS[5]  hash  waiting: kind -> id
-- KEYS[6]  hash  settings, missing when there is no fleet
-- KEYS[7]  string generation
-- ARGV[1]  id
-- ARGV[2]  kind
-- ARGV[3]  '1': not when another one of the kind waits
-- ARGV[4]  '1': not without a fleet
-- ARGV[5]  '1': it will look at all rooms
-- ARGV[6]  JSON list of kinds of which none may be open
-- ARGV[7]  id of an operation that it follows and that may be open all the same, or empty
-- ARGV[8]  first line of the history
-- ARGV[9+] fields and values of the record
--
-- Returns {'known' | 'stored', id}, {'waiting' | 'editing', id of the other} or {'no fleet', id}.
-- include: time, history

local id, kind = ARGV[1], ARGV[2]
if redis.call('EXISTS', KEYS[1]) == 1 then
    return {'known', id}
end
if ARGV[4] == '1' and redis.call('EXISTS', KEYS[6]) == 0 then
    return {'no fleet', id}
end
if ARGV[5] == '1' then
    redis.call('HSET', KEYS[6], 'checked', redis.call('GET', KEYS[7]) or '0')
end
if ARGV[3] == '1' then
    local other = redis.call('HGET', KEYS[5], kind)
    if other then
        return {'waiting', other}
    end
    redis.call('HSET', KEYS[5], kind, id)
end
local excluded = cjson.decode(ARGV[6])
if #excluded > 0 then
    local open = record(redis.call('HGETALL', KEYS[4]))
    for other, other_kind in pairs(open) do
        for _, each in ipairs(excluded) do
            if other_kind == each and other ~= ARGV[7] then
                return {'editing', other}
            end
        end
    end
end
redis.call('HSET', KEYS[1], unpack(ARGV, 9))
if redis.call('HGET', KEYS[1], 'uid') == '' then
    redis.call('HSET', KEYS[1], 'uid', redis.call('HGET', KEYS[6], 'uid') or '')
end
note(KEYS[2], ARGV[8])
redis.call('HSET', KEYS[4], id, kind)
redis.call('RPUSH', KEYS[3], id)
return {'stored', id}
