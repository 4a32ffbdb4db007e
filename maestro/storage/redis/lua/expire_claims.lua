-- Let claims whose time is over end: their rooms may be allocated again.
--
-- KEYS[1]  zset  claims: room -> until when
-- KEYS[2]  hash  settings
-- KEYS[3]  zset  status
-- KEYS[4]  zset  ready
-- KEYS[5]  string generation
-- KEYS[6]  zset  parked
-- KEYS[7]  set   wakeful
-- KEYS[8]  prefix of the records of rooms, all in the same slot
-- include: time, rooms

local keys = {claims = KEYS[1], status = KEYS[3], ready = KEYS[4], room_prefix = KEYS[8]}
local max_matches = tonumber(redis.call('HGET', KEYS[2], 'max_matches') or '1')
if expire_claims(keys, max_matches, now_us(), 1000) then
    rooms_changed(KEYS[5], KEYS[6], KEYS[7])
end
return 1
