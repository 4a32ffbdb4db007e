-- Who may write: the worker whose token is the newest that was given.

local function refuse_unless_held(running, token)
    if redis.call('HGET', running, 'token') ~= token then
        return redis.error_reply('LEASE_LOST another worker may be executing this operation')
    end
end

local function stop_running(running, lease)
    redis.call('DEL', running, lease)
end
