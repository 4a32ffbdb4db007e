-- Let another one lead at once.
--
-- KEYS[1]  string  who leads
-- ARGV[1]  who resigns

if redis.call('GET', KEYS[1]) == ARGV[1] then
    redis.call('DEL', KEYS[1])
end
return 1
