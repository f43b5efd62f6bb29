-- One kind of request about random persons; BENCH_KIND says which, BENCH_PERSONS how many there are.
local kind, persons = os.getenv("BENCH_KIND"), tonumber(os.getenv("BENCH_PERSONS"))
local headers = { ["Content-Type"] = "application/json", ["x-api-token"] = os.getenv("BENCH_TOKEN") }
local n = 0

local kinds = {
  get = function(id) return wrk.format("GET", "/api/v2/persons/" .. id, headers) end,
  patch = function(id)
    local body = string.format('{"name":"Person %d changed %d"}', id, n)
    return wrk.format("PATCH", "/api/v2/persons/" .. id, headers, body)
  end,
  search = function(id)
    local path = "/api/v2/persons/search?fields=email&exact_match=true&term=person-%d%%40mail.example"
    return wrk.format("GET", string.format(path, id), headers)
  end,
  search_part = function(id)
    local path = "/api/v2/persons/search?fields=email&term=person-%d%%40"
    return wrk.format("GET", string.format(path, id), headers)
  end,
}

function init()
  math.randomseed(tonumber(os.getenv("BENCH_SEED")))
end

function request()
  n = n + 1
  if kind == "mixed" then
    return kinds[({ "get", "patch", "search" })[n % 3 + 1]](math.random(persons))
  end
  return kinds[kind](math.random(persons))
end

function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format(
    '\n{"requests": %d, "failed": %d, "seconds": %.3f, "p50_ms": %.3f, "p99_ms": %.3f}\n',
    summary.requests - summary.errors.status, failed, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
