-- What Lua in Envoy can do of the policy. It cannot verify an Ed25519 signature, so the token is believed,
-- and every worker has a Lua state of its own, so each counts for itself.
local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
local VALUE = {}
for index = 1, #DIGITS do VALUE[DIGITS:byte(index)] = index - 1 end

local PLANS = {
  personal = { user = { count = 10, window = 60 }, tenant = { count = 100, window = 60 } },
  enterprise = { user = { count = 1000000, window = 1 }, tenant = { count = 1000000, window = 1 } },
}
-- When each bucket is full again, in milliseconds; and tokens read before.
local full_at, claims_of, known = {}, {}, 0

local function decode(text)
  local bytes, buffer, bits = {}, 0, 0
  for index = 1, #text do
    buffer, bits = buffer * 64 + (VALUE[text:byte(index)] or 0), bits + 6
    if bits >= 8 then
      bits = bits - 8
      local byte = math.floor(buffer / 2 ^ bits)
      bytes[#bytes + 1] = string.char(byte)
      buffer = buffer - byte * 2 ^ bits
    end
  end
  return table.concat(bytes)
end

local function claims(token)
  local found = claims_of[token]
  if not found then
    local payload = token:match("^[^.]+%.([^.]+)%.[^.]+$")
    if not payload then return nil end
    local text = decode(payload)
    found = { text = text, user = text:match('"sub":"([^"]+)"'), exp = tonumber(text:match('"exp":(%d+)')) }
    if known >= 4096 then claims_of, known = {}, 0 end
    claims_of[token], known = found, known + 1
  end
  return found
end

-- The delay until there is room, or nil after one request was taken out.
local function room(key, limit, now)
  local step = limit.window * 1000 / limit.count
  local full = math.max(full_at[key] or now, now)
  local wait = full + step - limit.window * 1000 - now
  return wait > 0 and wait or nil, full + step
end

local function refuse(handle, status, headers)
  headers[":status"] = status
  handle:respond(headers, "")
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local tenant = headers:get(":path"):match("^/t/([^/]+)")
  if not tenant then return end
  local token = (headers:get("authorization") or ""):match("^Bearer (.+)$")
  local session = token and claims(token)
  local now = handle:timestamp()
  if not session or not session.exp or session.exp * 1000 <= now then
    return refuse(handle, "401", { ["www-authenticate"] = "Bearer" })
  end
  local role, plan
  local grant = session.text:match('"' .. tenant:gsub("%-", "%%-") .. '":(%b{})')
  if grant then role, plan = grant:match('"role":"([^"]+)"'), grant:match('"plan":"([^"]+)"') end
  if not role then return refuse(handle, "403", {}) end
  local limits = PLANS[plan] or PLANS.personal
  local user_key = tenant .. "/" .. session.user
  local user_wait, user_full = room(user_key, limits.user, now)
  local tenant_wait, tenant_full = room(tenant, limits.tenant, now)
  local wait = math.max(user_wait or 0, tenant_wait or 0)
  if wait > 0 then
    return refuse(handle, "429", { ["retry-after"] = tostring(math.ceil(wait / 1000)) })
  end
  full_at[user_key], full_at[tenant] = user_full, tenant_full
  headers:replace("x-imagehub-user", session.user)
  headers:replace("x-imagehub-tenant", tenant)
  local left = math.floor((limits.user.window * 1000 - (user_full - now)) * limits.user.count / (limits.user.window * 1000))
  handle:streamInfo():dynamicMetadata():set("imagehub", "limit", '"user";r=' .. left)
end

function envoy_on_response(handle)
  local told = handle:streamInfo():dynamicMetadata():get("imagehub")
  if told then handle:headers():replace("ratelimit", told.limit) end
end
