-- A hundred events a request.
package.path = os.getenv("BENCH_FOLDER") .. "/?.lua;" .. package.path
local events = require("events")
local seed = tonumber(os.getenv("BENCH_SEED"))
local fresh = os.getenv("BENCH_FRESH") == "1"
local event = events[os.getenv("BENCH_EVENT") or "event"]
local ready, n, sent = {}, 0, 0

local function batch(first)
  local items = {}
  for i = 1, 100 do
    items[i] = event(seed, first + i)
  end
  local body = '{"batch":[' .. table.concat(items, ",") .. '],"sentAt":"2026-11-22T03:04:05.678Z"}'
  return wrk.format("POST", "/v1/batch", events.headers, body)
end

function init()
  for i = 1, fresh and 0 or 50 do
    ready[i] = batch(i * 100)
  end
end

-- With BENCH_FRESH no messageId is ever sent twice; it costs the generator some of its speed.
function request()
  if fresh then
    sent = sent + 1
    return batch(sent * 100)
  end
  n = n % #ready + 1
  return ready[n]
end

function done(summary, latency)
  events.report(summary, latency)
end
