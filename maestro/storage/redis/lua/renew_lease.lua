-- Prolong the lease of the running operation; take it back when it expired and nobody else did.
--
-- KEYS[1]  hash    running
-- KEYS[2]  string  lease
-- KEYS[3]  hash    the operation's record
-- ARGV[1]  token
-- ARGV[2]  lease in ms
--
-- Returns 1, 2 when somebody cancelled the operation, or 0 when the lease is no longer ours.
-- include: cancellation

if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return is_cancelled(KEYS[3]) and 2 or 1
