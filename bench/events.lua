-- One event as a shop's server sends it: 1 KB of track, the numbers in it from a counter.
local M = {}

function M.event(seed, n)
  return string.format('{"type":"track","event":"Activity Upserted","userId":"user-%d","anonymousId":null,"messageId":"bench-%d-%d-0f8fad5bd9cb469f","timestamp":"2026-11-22T03:04:05.678+00:00","context":{"library":{"name":"analytics-python","version":"2.4.0"},"ip":"192.0.2.7","locale":"en-GB","timezone":"Europe/London","userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36","page":{"path":"/checkout/done","referrer":"https://shop.example/cart","title":"Thank you","url":"https://shop.example/checkout/done"},"groupId":"company-%d"},"integrations":{},"properties":{"order_id":"%d","revenue":99.95,"currency":"EUR","coupon":"WELCOME","subject":"Order of the week","type":"call","due_date":"2026-12-01","products":[{"sku":"A-1","name":"Blue pen","price":19.99,"quantity":2},{"sku":"B-2","name":"Notebook","price":29.99,"quantity":1},{"sku":"C-3","name":"Ruler","price":9.99,"quantity":3}],"note":"Please ring twice; the bell at the back door does not work."}}', n % 500, seed, n, n % 50, n)
end

-- A person, changed: what the hub merges when it comes again before it is written.
function M.identify(seed, n)
  return string.format('{"type":"identify","userId":"user-%d","anonymousId":null,"messageId":"bench-%d-%d-0f8fad5bd9cb469f","timestamp":"2026-11-22T03:04:05.678+00:00","context":{"library":{"name":"analytics-python","version":"2.4.0"},"ip":"192.0.2.7","locale":"en-GB","timezone":"Europe/London","userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36","page":{"path":"/account","referrer":"https://shop.example/cart","title":"Your account","url":"https://shop.example/account"}},"integrations":{},"traits":{"name":"Person %d","email":"person-%d@shop.example","phone":"+44 20 7946 %04d","address":{"street":"1 High Street","city":"London","postalCode":"SW1A 1AA","country":"GB"},"plan":"gold","logins":%d,"newsletter":true,"interests":["pens","notebooks","rulers","ink","paper"],"createdAt":"2024-02-29T12:00:00Z","description":"Buys each month; rings when a parcel is late."}}', n % 10, seed, n, n % 10, n % 10, n % 10, n)
end

M.headers = {
  ["Content-Type"] = "application/json",
  ["Authorization"] = os.getenv("BENCH_AUTHORIZATION"),
}

function M.report(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format(
    '\n{"requests": %d, "failed": %d, "seconds": %.3f, "p50_ms": %.3f, "p99_ms": %.3f}\n',
    summary.requests - summary.errors.status, failed, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end

return M
