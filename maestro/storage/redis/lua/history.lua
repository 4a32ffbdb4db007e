-- A line in the history of an operation.

local function note(history, event)
    redis.call('RPUSH', history, cjson.encode({at = integer(now_us()), event = event}))
end
