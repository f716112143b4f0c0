// Pictures of the pages, to be looked at: light and dark, phone and desk.
// node screenshots.mjs URL CHROMIUM DIRECTORY [PATH...]
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.PLIMSOLL_INTEROP_NODE_MODULES ?? process.cwd(), "x.js"));
const { chromium } = require("playwright-core");
const [base, executablePath, directory, ...given] = process.argv.slice(2);
const paths = given.length ? given : ["/", "/overview", "/artifacts", "/ingest"];
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking"] });
const screens = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
for (const [name, viewport] of Object.entries(screens)) {
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ viewport, colorScheme, deviceScaleFactor: 1 });
    const page = await context.newPage();
    for (const path of paths) {
      const began = Date.now();
      await page.goto(base + path);
      const took = Date.now() - began;
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      const file = `${path.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || "start"}-${name}-${colorScheme}.png`;
      await page.screenshot({ path: join(directory, file), fullPage: true });
      console.log(`${path} ${name} ${colorScheme}: ${took} ms${wide ? ", wider than the screen" : ""}`);
    }
    await context.close();
  }
}
await browser.close();
