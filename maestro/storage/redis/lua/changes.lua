-- Which of two things learned of a room is the newer one.

-- A whole number as text without leading zeros, as Lua's numbers are too short for some of them;
-- nil for anything else.
local function digits(version)
    return version and version:match('^0*(%d+)$')
end

-- A newer list wins; after the same list the greater version does. A version that is no number
-- counts as newer, because nothing can be said against it. That a certain instance is gone is
-- final, so it wins over everything about the same instance.
local function is_newer(change, than)
    if change.uid ~= '' and change.uid == than.uid then
        if than.gone then
            return false
        elseif change.gone then
            return true
        end
    end
    local epoch, than_epoch = tonumber(change.epoch), tonumber(than.epoch)
    if epoch ~= than_epoch then
        return epoch > than_epoch
    end
    if change.uid == '' or than.uid == '' then
        -- What a list did not show was seen after it, or will be.
        return change.uid ~= ''
    end
    local version, than_version = digits(change.resource_version), digits(than.resource_version)
    if not version or not than_version then
        return true
    elseif #version ~= #than_version then
        return #version > #than_version
    end
    return version > than_version
end
