// Each call of @segment/analytics-next in a page of jsdom: node browser.mjs HOST WRITE_KEY
import { JSDOM } from "jsdom";

const [host, writeKey] = process.argv.slice(2);
const page = new JSDOM("<!doctype html><title>Shop</title>", {
  url: "http://shop.example/cart",
  pretendToBeVisual: true,
});
const names = ["window", "document", "navigator", "location", "localStorage", "sessionStorage"];
for (const name of names) {
  const value = name === "window" ? page.window : page.window[name];
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
const requests = [];
const send = globalThis.fetch;
globalThis.fetch = page.window.fetch = async (url, options = {}) => {
  const answer = await send(url, options);
  requests.push({ method: (options.method ?? "get").toUpperCase(), url, status: answer.status });
  return answer;
};

const { AnalyticsBrowser } = await import("@segment/analytics-next");
const [analytics] = await AnalyticsBrowser.load({ writeKey, cdnURL: host });
await Promise.all([
  analytics.identify("u1", { email: "ada@shop.example" }),
  analytics.track("Order Completed", { revenue: 9.5 }),
  analytics.page("Home"),
  analytics.screen("Start"),
  analytics.group("g1", { name: "Shop" }),
  analytics.alias("u2", "u1"),
]);
const deadline = Date.now() + 15_000;
while (!requests.some((request) => request.method === "POST") && Date.now() < deadline) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
console.log(JSON.stringify({ requests }));
process.exit(0);
