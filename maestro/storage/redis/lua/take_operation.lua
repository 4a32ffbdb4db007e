-- Take the lease of a scheduler, and with it the operation whose turn it is.
--
-- KEYS[1]  string  lease
-- KEYS[2]  hash    running
-- KEYS[3]  list    priority
-- KEYS[4]  list    pending
-- KEYS[5]  zset    parked: id -> when it goes on
-- KEYS[6]  set     wakeful
-- KEYS[7]  hash    waiting: kind -> id
-- KEYS[8]  string  counter of tokens
-- KEYS[9]  string  generation of the rooms
-- KEYS[10] prefix of the records of operations, all in the same slot
-- KEYS[11] prefix of their histories
-- KEYS[12] hash    open: id -> kind
-- ARGV[1]  worker
-- ARGV[2]  random part of the token
-- ARGV[3]  lease in ms
-- ARGV[4]  '1': one whose worker fell silent may be taken over
-- ARGV[5]  JSON list of kinds that may run beside a parked one
-- ARGV[6]  line of history for a beginning
-- ARGV[7]  line of history for a recovery, with %w (worker), %s (seconds) and %a (attempt)
-- ARGV[8]  JSON of what this worker understands
--
-- Returns false, or {recovered 0/1, resumed 0/1, token, record, history}.
-- One that fell silent and is not understood is parked, so that a newer worker continues it.
-- include: time, history, understanding, waiting

local now = now_us()
local understands = understanding(ARGV[8], KEYS[10], KEYS[12])

local function silent()
    local running = record(redis.call('HGETALL', KEYS[2]))
    return running.operation, running
end

local function due()
    local id = first_due(KEYS[5], now, understands)
    if id then
        redis.call('ZREM', KEYS[5], id)
        redis.call('SREM', KEYS[6], id)
    end
    return id
end

local function begin()
    local id, list = first_waiting({KEYS[3], KEYS[4]}, KEYS[12], KEYS[5], ARGV[5], understands)
    if id then
        local kind = redis.call('HGET', KEYS[12], id)
        redis.call('LREM', list, 1, id)
        if redis.call('HGET', KEYS[7], kind) == id then
            redis.call('HDEL', KEYS[7], kind)
        end
    end
    return id
end

local function next_token()
    local counter = redis.call('INCR', KEYS[8])
    if counter == 1 then
        -- The counter was lost: begin above every number that was given before.
        counter = math.floor(now / 1000)
        redis.call('SET', KEYS[8], integer(counter))
    end
    return integer(counter) .. ':' .. ARGV[2]
end

if redis.call('EXISTS', KEYS[1]) == 1 then
    return false
end
local id, before = silent()
if id and redis.call('EXISTS', KEYS[10] .. id) == 0 then
    -- Its record went with its scheduler: nothing is left to be recovered.
    redis.call('DEL', KEYS[2])
    id = nil
end
local recovered = id ~= nil
if recovered and ARGV[4] ~= '1' then
    return false
end
if recovered and not understands(id) then
    redis.call('DEL', KEYS[2])
    redis.call('ZADD', KEYS[5], 0, id)
    recovered, id = false, nil
end
local resumed = not recovered and due()
id = id or resumed or begin()
if not id then
    return false
end

local operation, history = KEYS[10] .. id, KEYS[11] .. id
local token = next_token()
redis.call('SET', KEYS[1], token, 'PX', ARGV[3])
redis.call('HSET', KEYS[2], 'operation', id, 'token', token, 'worker', ARGV[1],
    'since', integer(now))
redis.call('HSET', operation, 'status', 'in_progress',
    'generation', redis.call('GET', KEYS[9]) or '0')
if recovered then
    local attempt = redis.call('HINCRBY', operation, 'attempt', 1)
    local values = {
        ['%w'] = before.worker,
        ['%s'] = integer((now - before.since) / 1000000),
        ['%a'] = tostring(attempt),
    }
    note(history, (ARGV[7]:gsub('%%%a', values)))
elseif not resumed then
    redis.call('HSET', operation, 'attempt', 1)
    note(history, ARGV[6])
end
return {
    recovered and 1 or 0, resumed and 1 or 0, token,
    redis.call('HGETALL', operation), redis.call('LRANGE', history, 0, -1),
}
