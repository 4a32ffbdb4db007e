-- Whether somebody asked for an operation to be cancelled.

local function is_cancelled(operation)
    return redis.call('HGET', operation, 'cancel') == '1'
end
