// Each call of @segment/analytics-node, sent to the hub: node node.mjs HOST WRITE_KEY
import { Analytics } from "@segment/analytics-node";

const [host, writeKey] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, maxEventsInBatch: 4, flushInterval: 50 });
analytics.on("error", (error) => {
  console.error(error);
  process.exitCode = 1;
});

analytics.identify({ userId: "u1", traits: { email: "ada@shop.example", name: "Ada" } });
analytics.track({ userId: "u1", event: "Order Completed", properties: { revenue: 9.5 } });
analytics.page({ userId: "u1", name: "Home" });
analytics.screen({ anonymousId: "a1", name: "Start" });
analytics.group({ userId: "u1", groupId: "g1", traits: { name: "Shop" } });
analytics.alias({ userId: "u1", previousId: "a1" });
await analytics.closeAndFlush({ timeout: 10_000 });
console.log(JSON.stringify({ sent: true }));
