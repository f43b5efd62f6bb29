// Chromium with the extension: pairs it in its settings, opens a mail, and tells what the panel shows.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { executable, extension, profile, hub, code, mail, html, steps = [], screenshot } = JSON.parse(process.argv[2]);
const ORIGIN = "chrome-extension://enkhhkkpcbjbbehojdpoendgngipkfif";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const context = await chromium.launchPersistentContext(profile, {
  executablePath: executable,
  args: [`--disable-extensions-except=${extension}`, `--load-extension=${extension}`, "--disable-background-networking", "--disable-sync"],
  ignoreDefaultArgs: ["--disable-extensions"],
  viewport: { width: 400, height: 800 },
});
try {
  const complaints = [];
  const addresses = [];
  context.on("request", (request) => addresses.push(request.url()));
  context.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  context.on("weberror", (error) => complaints.push(String(error.error())));
  await context.route(`${new URL(mail).origin}/**`, (route) => route.fulfill({ contentType: "text/html", body: html }));

  const options = await context.newPage();
  await options.goto(`${ORIGIN}/options.html`);
  if (code) {
    await options.fill("#url", hub);
    await options.fill("#code", code);
    await options.fill("#label", "Chromium");
    await options.click("#pair button");
    await options.locator("#paired").waitFor();
  }
  const inbox = await context.newPage();
  await inbox.goto(mail);
  const panel = await context.newPage();
  await panel.goto(`${ORIGIN}/panel.html`);
  // The panel of a window follows the tab in front.
  await inbox.bringToFront();
  const card = panel.frameLocator("iframe");
  for (const [verb, target, value] of steps) {
    if (verb === "see") await card.getByText(target).first().waitFor();
    else if (verb === "press") await card.getByRole("button", { name: target }).first().click();
    else if (verb === "fill") await card.locator(target).fill(value);
    else if (verb === "search") await panel.fill("#address", target).then(() => panel.click("#search button"));
    else if (verb === "say") await panel.getByText(target).first().waitFor();
    else if (verb === "goto") await inbox.setContent(target);
    else throw new Error(`There is no step “${verb}”.`);
  }
  const address = await panel.inputValue("#address");
  if (screenshot) await panel.screenshot({ path: screenshot });
  const found = {};
  for (const [name, page] of [["options", options], ["panel", panel]]) {
    // Through the driver: the page's own policy lets no such script in.
    await page.evaluate(axe);
    const told = await page.evaluate(() => globalThis.axe.run(document, { iframes: false }));
    found[name] = told.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" "))}`);
  }
  console.log(JSON.stringify({ address, complaints, addresses, violations: found }));
} finally {
  await context.close();
}
