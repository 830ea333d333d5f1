-- Notes that an image may be found by terms, of two bytes each, in one text. What is noted stays,
-- since it says only where to look.
local function note_terms(tenant, ordinal, terms)
    local search, block = key.search(tenant), math.floor(ordinal / 64)
    local byte, bit = math.floor(block / 8), 2 ^ (block % 8)
    -- So many at a time as a call can be given.
    for first = 1, #terms, 1000 do
        local some, changed = {}, {}
        for i = first, math.min(first + 999, #terms), 2 do
            some[#some + 1] = string.sub(terms, i, i + 1)
        end
        for i, blocks in ipairs(redis.call('HMGET', search, unpack(some))) do
            blocks = blocks or ''
            local old = string.byte(blocks, byte + 1) or 0
            if math.floor(old / bit) % 2 == 0 then
                blocks = blocks .. string.rep('\0', byte - #blocks)
                changed[#changed + 1] = some[i]
                changed[#changed + 1] = string.sub(blocks, 1, byte) .. string.char(old + bit)
                    .. string.sub(blocks, byte + 2)
            end
        end
        if #changed > 0 then
            redis.call('HSET', search, unpack(changed))
        end
    end
end
