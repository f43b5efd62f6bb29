// Thunderbird's panel in Chromium, with a stand-in for `messenger`: a page test, for want of an API
// that drives Thunderbird. The pages, their policy and the hub are real.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

const { executable, extension, hub, token, messages, steps } = JSON.parse(process.argv[2]);
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const ORIGIN = "moz-extension://7a1c2c6e-52a3-4a62-9b52-7f3a5f8f1c11";
const policy = JSON.parse(readFileSync(join(extension, "manifest.json"), "utf8")).content_security_policy.extension_pages;

// Chromium knows no moz-extension: the pages stand on this machine, and say to the hub what they are.
const pages = createServer((request, response) => {
  const path = join(extension, new URL(request.url, "http://x").pathname);
  response.setHeader("content-type", TYPES[extname(path)] ?? "image/png");
  response.setHeader("content-security-policy", policy);
  response.end(readFileSync(path));
});
await new Promise((ready) => pages.listen(0, "127.0.0.1", ready));
const base = `http://127.0.0.1:${pages.address().port}`;

const browser = await chromium.launch({ executablePath: executable });
try {
  const page = await browser.newPage({ viewport: { width: 400, height: 700 } });
  const complaints = [];
  const sent = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.route(`${hub}/**`, async (route) => {
    const request = route.request();
    if (request.method() === "POST") sent.push({ url: request.url(), body: request.postData() });
    if (request.method() === "OPTIONS") {
      const allow = { "access-control-allow-origin": base, "access-control-allow-headers": "authorization, content-type" };
      return route.fulfill({ status: 204, headers: allow });
    }
    const answer = await route.fetch({ headers: { ...request.headers(), origin: ORIGIN } });
    const headers = { ...answer.headers(), "access-control-allow-origin": base };
    headers["content-security-policy"] = headers["content-security-policy"]?.replace(ORIGIN, base);
    return route.fulfill({ response: answer, headers });
  });
  await page.addInitScript(
    ({ url, token, messages }) => {
      const heard = { displayed: [] };
      let at = 0;
      const nothing = { addListener() {} };
      globalThis.messenger = {
        storage: { local: { get: async () => ({ url, token }), set: async () => {} }, onChanged: nothing },
        runtime: { openOptionsPage() {} },
        tabs: { query: async () => [{ id: 1 }] },
        messageDisplay: {
          getDisplayedMessage: async () => messages[at],
          onMessagesDisplayed: { addListener: (call) => heard.displayed.push(call) },
        },
      };
      globalThis.nextMessage = () => {
        at += 1;
        for (const call of heard.displayed) call({ id: 1 }, [messages[at]]);
      };
    },
    { url: hub, token, messages },
  );
  await page.goto(`${base}/panel.html`);
  for (const [verb, target] of steps) {
    if (verb === "see") await page.frameLocator("iframe").getByText(target).first().waitFor();
    else if (verb === "say") await page.getByText(target).first().waitFor();
    else if (verb === "next") await page.evaluate(() => globalThis.nextMessage());
    else throw new Error(`There is no step “${verb}”.`);
  }
  console.log(JSON.stringify({ address: await page.inputValue("#address"), complaints, sent }));
} finally {
  await browser.close();
  pages.close();
}
