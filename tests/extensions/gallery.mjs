// Opens pages of cards, one after the other, and tells what axe says and which are too wide.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { executable, files, scheme, widths, pictures } = JSON.parse(readFileSync(0, "utf8"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath: executable });
const violations = [];
const wide = [];
try {
  const page = await browser.newPage({ colorScheme: scheme, bypassCSP: true });
  for (const [name, file] of Object.entries(files)) {
    await page.goto(`file://${file}`);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      const found = await page.evaluate(() => document.documentElement.scrollWidth);
      if (found > width) wide.push(`${name} at ${width}: ${found}`);
      if (pictures) await page.screenshot({ path: `${pictures}/${name}-${scheme}-${width}.png`, fullPage: true });
    }
    await page.evaluate(axe);
    const told = await page.evaluate(() => globalThis.axe.run());
    violations.push(...told.violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0].html.slice(0, 120)}`));
    // Twice the text in a narrow panel: everything is still there, and nothing beside the edge.
    await page.setViewportSize({ width: 400, height: 900 });
    await page.addStyleTag({ content: "html { font-size: 200% }" });
    const found = await page.evaluate(() => document.documentElement.scrollWidth);
    if (found > 400) wide.push(`${name} with twice the text: ${found}`);
  }
  console.log(JSON.stringify({ violations, wide }));
} finally {
  await browser.close();
}
