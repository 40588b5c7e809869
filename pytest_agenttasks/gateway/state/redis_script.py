"""What is known of accounts, as one Lua script that Redis runs: each call of it is one step for all gateways.

Keys, all with an end: `agenttasks:1:cooldown:KEY` (hash), `…:requests:KEY` (sorted set: ticket → time), `…:learnt:KEY`
(JSON of a window), `…:calls:RUN` (set), `…:spent:RUN` (hash), `…:unknown:RUN` (set of models). 1 is the version of all
that. The clock is Redis's own. Names of keys are made in the script, which a Redis Cluster does not allow.
"""

from __future__ import annotations

from pytest_agenttasks.gateway.state import keeping
from pytest_agenttasks.gateway.state.base import PROBE
from pytest_agenttasks.gateway.state.days import DAY

SCRIPT = (
    f"""
local PROBE, DAY = {PROBE}, {DAY}
local KEEP_COOLDOWNS, KEEP_SPEND = {keeping.COOLDOWNS}, {keeping.SPEND}
"""
    + """
local a = cjson.decode(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local methods = {}

local function place(kind, name) return 'agenttasks:1:' .. kind .. ':' .. name end
local function precise(number) return string.format('%.6f', number) end
local function keep(place, seconds) redis.call('PEXPIRE', place, string.format('%d', seconds * 1000 + 1)) end

local function cooldown(key)
  local found = redis.call('HMGET', place('cooldown', key), 'until', 'reason', 'ends', 'status', 'strikes', 'probe')
  if not found[1] then return nil end
  return {seconds = tonumber(found[1]) - now, reason = found[2], ends = found[3], status = tonumber(found[4]),
          strikes = tonumber(found[5])}, found[6] == '1'
end

-- From when on requests count in a window, and for a day's window when it ends.
local function span(window)
  if not window.midnights then return now - window.seconds end
  local since, till = now - DAY, nil
  for _, midnight in ipairs(window.midnights) do
    if midnight <= now then since = midnight elseif not till then till = midnight end
  end
  return since, till or now + DAY
end

local function seconds_until_room(window)
  local since, till = span(window)
  local at = now
  if window.requests > 0 then
    local nth = window.requests - 1
    at = tonumber(redis.call('ZREVRANGE', place('requests', window.key), nth, nth, 'WITHSCORES')[2])
    if not at or at <= since then return 0 end
  end
  return (till or at + window.seconds) - now
end

local function obstacle(need)
  local most = {seconds = 0}
  local function room(window)
    local seconds = seconds_until_room(window)
    if seconds > most.seconds then most = {seconds = seconds, window = window} end
  end
  for _, key in ipairs(need.scopes) do
    local known = cooldown(key)
    if known and known.seconds > most.seconds then most = {seconds = known.seconds, cooldown = known} end
  end
  for _, window in ipairs(need.windows) do room(window) end
  for _, key in ipairs(need.scopes) do
    local learnt = redis.call('GET', place('learnt', key))
    if learnt then room(cjson.decode(learnt)) end
  end
  return most.seconds > 0 and most or nil
end

local function count(need)
  for _, key in ipairs(need.scopes) do
    local known = cooldown(key)
    if known then
      redis.call('HSET', place('cooldown', key), 'until', precise(now + PROBE), 'probe', 1)
      keep(place('cooldown', key), PROBE + KEEP_COOLDOWNS)
    end
  end
  for _, one in ipairs(need.counts) do
    local requests = place('requests', one.key)
    redis.call('ZREMRANGEBYSCORE', requests, '-inf', precise(now - one.seconds))
    redis.call('ZADD', requests, precise(now), a.ticket)
    keep(requests, one.seconds)
  end
end

function methods.take()
  local held = {}
  for index, need in ipairs(a.needs) do
    local why = obstacle(need)
    if not why then
      count(need)
      return {taken = index - 1}
    end
    held[index] = why
  end
  return {held = held}
end

function methods.give_back()
  for _, key in ipairs(a.keys) do redis.call('ZREM', place('requests', key), a.ticket) end
  return true
end

function methods.cool()
  local known, probe = cooldown(a.key)
  if known and not probe and known.seconds > a.seconds then return false end
  redis.call('HSET', place('cooldown', a.key), 'until', precise(now + a.seconds), 'reason', a.reason, 'ends', a.ends,
             'status', a.status, 'strikes', a.strikes, 'probe', 0)
  keep(place('cooldown', a.key), math.max(a.seconds, 0) + KEEP_COOLDOWNS)
  return true
end

function methods.cooldowns()
  local found = {}
  for _, key in ipairs(a.keys) do found[key] = cooldown(key) end
  return found
end

function methods.answered()
  local any = false
  for _, key in ipairs(a.keys) do
    local known, probe = cooldown(key)
    if known and (probe or known.seconds <= 0) then
      redis.call('DEL', place('cooldown', key))
      any = true
    end
  end
  return any
end

function methods.log()
  local since = '(' .. precise(now - a.seconds)
  local ages = {}
  local found = redis.call('ZRANGEBYSCORE', place('requests', a.key), since, '+inf', 'WITHSCORES')
  for index = 2, #found, 2 do ages[#ages + 1] = now - tonumber(found[index]) end
  return ages
end

function methods.learn()
  redis.call('SET', place('learnt', a.window.key), cjson.encode(a.window))
  keep(place('learnt', a.window.key), a.lifetime)
  return true
end

function methods.used()
  return redis.call('ZCOUNT', place('requests', a.window.key), '(' .. precise(span(a.window)), '+inf')
end

function methods.spend()
  local calls, spent, unknown = place('calls', a.run), place('spent', a.run), place('unknown', a.run)
  if redis.call('SADD', calls, a.call) == 1 then
    redis.call('HINCRBYFLOAT', spent, 'usd', a.usd)
    redis.call('HINCRBY', spent, 'tokens', a.tokens)
    redis.call('HINCRBY', spent, 'calls', 1)
    if a.unknown then redis.call('SADD', unknown, a.model) end
  end
  keep(calls, KEEP_SPEND)
  keep(spent, KEEP_SPEND)
  keep(unknown, KEEP_SPEND)
  return true
end

function methods.spent()
  local found = redis.call('HMGET', place('spent', a.run), 'usd', 'tokens', 'calls')
  return {usd = found[1] or '0', tokens = found[2] or '0', calls = found[3] or '0',
          unknown = redis.call('SMEMBERS', place('unknown', a.run))}
end

function methods.open()
  redis.call('SET', place('opened', 'last'), precise(now), 'PX', 60000)
  return true
end

return cjson.encode(methods[ARGV[1]]())
"""
)
"""Arguments: the method of `State`, and its arguments as a JSON object. Answers JSON."""
