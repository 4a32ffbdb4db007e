-- Prolong the lease of an outbox.
--
-- KEYS[1]  string  lease
-- ARGV[1]  token
-- ARGV[2]  lease in ms
--
-- Returns 1, or 0 when the lease is no longer ours.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
