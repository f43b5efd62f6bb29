-- One event a request.
package.path = os.getenv("BENCH_FOLDER") .. "/?.lua;" .. package.path
local events = require("events")
local seed = tonumber(os.getenv("BENCH_SEED"))
local ready, n = {}, 0

function init()
  for i = 1, 1000 do
    ready[i] = wrk.format("POST", "/v1/track", events.headers, events.event(seed, i))
  end
end

function request()
  n = n % #ready + 1
  return ready[n]
end

function done(summary, latency)
  events.report(summary, latency)
end
