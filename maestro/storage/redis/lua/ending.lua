-- How an operation comes to its end.

local function leave_queue(priority, pending, waiting, kind, id)
    redis.call('LREM', priority, 1, id)
    redis.call('LREM', pending, 1, id)
    if redis.call('HGET', waiting, kind) == id then
        redis.call('HDEL', waiting, kind)
    end
end

-- Its record stays, among those that ended in the order of their creation.
local function keep_as_ended(operation, history, final, id, status, created_at, lines)
    redis.call('HSET', operation, 'status', status)
    for _, line in ipairs(lines) do
        note(history, line)
    end
    redis.call('ZADD', final, created_at, id)
end
