// Does the stories that come on its input, one a line, and answers each with what a browser and axe
// have to say. The browser stays; each story has a context of its own, as a new profile has.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];

async function take(page, [verb, target, value]) {
  const place = target && page.locator(target).first();
  if (verb === "click") await place.click();
  else if (verb === "fill") await place.fill(value);
  else if (verb === "check") await place.check();
  else if (verb === "press") await page.keyboard.press(target);
  else if (verb === "there") await place.waitFor({ state: "attached" });
  else if (verb === "see") await page.getByText(target).first().waitFor();
  else throw new Error(`There is no step “${verb}”.`);
}

async function examine(page) {
  await page.evaluate(axe);
  return page.evaluate(() => window.axe.run());
}

async function visit(context, { url, steps, script, screenshot }) {
  const page = await context.newPage();
  const complaints = [];
  const strangers = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) strangers.push(request.url());
  });
  await page.goto(url);
  for (const step of steps) await take(page, step);
  if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
  const found = script === false ? { violations: [] } : await examine(page);
  const wide = await page.locator("html").evaluate((html) => html.scrollWidth);
  const violations = found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`,
  );
  return { violations, complaints, strangers, wide, url: page.url() };
}

async function told(browser, story) {
  const { url, width, scheme, script, policy, cookies } = story;
  // axe is brought in by the driver, past the page's own policy; a story of policies keeps it.
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    bypassCSP: policy !== "kept",
    javaScriptEnabled: script !== false,
  });
  try {
    if (cookies) await context.addCookies(cookies.map((cookie) => ({ ...cookie, url })));
    return await visit(context, story);
  } catch (error) {
    return { failed: String(error.stack) };
  } finally {
    await context.close();
  }
}

const browser = await chromium.launch({ executablePath: process.argv[2], args: QUIET });
try {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await told(browser, JSON.parse(line))));
  }
} finally {
  await browser.close();
}
