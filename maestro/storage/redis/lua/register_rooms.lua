-- Store rooms about to be created.
--
-- KEYS[1]  hash  running
-- KEYS[2]  zset  rooms
-- KEYS[3]  zset  status
-- KEYS[4]  string generation
-- KEYS[5]  zset  parked
-- KEYS[6]  set   wakeful
-- KEYS[7+] hash  records of the rooms
-- ARGV[1]  token
-- ARGV[2+] per room: id, JSON object of the fields of its record
-- include: time, lease, rooms

local refusal = refuse_unless_held(KEYS[1], ARGV[1])
if refusal then
    return refusal
end
local now, stored = integer(now_us()), false
for i = 7, #KEYS do
    local id, fields = ARGV[2 * i - 12], cjson.decode(ARGV[2 * i - 11])
    if redis.call('EXISTS', KEYS[i]) == 0 then
        stored = true
        for field, value in pairs(fields) do
            redis.call('HSET', KEYS[i], field, value)
        end
        redis.call('HSET', KEYS[i], 'created_at', now)
        redis.call('ZADD', KEYS[2], 0, id)
        if fields.validation ~= '1' then
            redis.call('ZADD', KEYS[3], RULES.code[fields.status], id)
        end
    end
end
if stored then
    rooms_changed(KEYS[4], KEYS[5], KEYS[6])
end
return 1
