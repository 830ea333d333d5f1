-- For wrk: the tokens of a file, one a line, each sent in turn, from the one after the second argument on.
local requests, last = {}, 0

function init(args)
  last = tonumber(args[2])
  for token in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", nil, { authorization = "Bearer " .. token })
  end
  if #requests == 0 then
    requests[1] = wrk.format("GET", nil, {})
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end
