// The pages in a browser: search, artifact, why, export; without a script; no fault that axe knows; nothing from another host.
// node pages.mjs URL CHROMIUM
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.PLIMSOLL_INTEROP_NODE_MODULES ?? process.cwd(), "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [base, executablePath] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking"] });
const faults = [];
const check = (holds, says) => { if (!holds) faults.push(says); };

async function open(options, probe = false) {
  // axe is put into the page, which the policy of the page forbids: only then is the policy set aside.
  const context = await browser.newContext({ ...options, bypassCSP: probe });
  const page = await context.newPage();
  page.on("console", (message) => { if (message.type() === "error") faults.push(`${page.url()}: console: ${message.text()}`); });
  page.on("pageerror", (error) => faults.push(`${page.url()}: ${error}`));
  page.on("request", (request) => check(request.url().startsWith(`${base}/`), `leaves the host: ${request.url()}`));
  return page;
}

// Someone looks for a package, with and without a script.
const found = { pages: new Set(["/", "/artifacts", "/overview", "/ingest", "/vulnerabilities/CVE-2021-44228"]), exported: "" };
for (const javaScriptEnabled of [true, false]) {
  const page = await open({ javaScriptEnabled });
  await page.goto(`${base}/`);
  if (javaScriptEnabled) {
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("/");
  }
  await page.locator("main input[type=search]").fill("pkg:npm/lodash@<4.17.21");
  await page.locator("main form[role=search] button").click();
  await page.waitForURL(/q=/);
  found.pages.add(page.url().slice(base.length));
  check(await page.locator("tbody tr").count() > 0, "the search finds nothing");
  found.exported = await page.locator("a[download]", { hasText: "CSV" }).getAttribute("href");
  await page.getByRole("link", { name: /^Why/ }).first().click();
  found.pages.add(page.url().slice(base.length));
  check(await page.locator("ol.path li").count() >= 2, "no way to the component is shown");
  await page.locator("ol.path a").first().click();
  const artifact = page.url().slice(base.length);
  check(artifact.startsWith("/artifacts/"), `the way begins at ${artifact}`);
  for (const part of ["", "/components", "/tree", "/findings", "/builds", "/changes"]) found.pages.add(artifact + part);
  await page.goto(`${base}${artifact}/tree`);
  const before = await page.locator(".tree li").count();
  if (await page.locator("a.turn").count()) {
    await page.locator("a.turn").first().click();
    await page.waitForURL(/at=/);
    check(await page.locator(".tree li").count() > before, "the tree does not open");
    found.pages.add(page.url().slice(base.length));
  }
  await page.locator(".tree a.purl").first().click();
  found.pages.add(page.url().slice(base.length));
  const dark = page.locator("form[action='/theme'] button");
  await dark.click();
  check(await page.locator("html[data-theme=dark]").count() === 1, "the theme does not change");
  await page.context().close();
}
const plain = await open({});
const exported = await plain.request.get(base + found.exported);
check(exported.ok() && (await exported.text()).includes("lodash"), `no export at ${found.exported}: ${exported.status()}`);

// Every page: whole on a phone and a desk, in light and dark, and clean.
let looked = 0;
for (const viewport of [{ width: 390, height: 844 }, { width: 1440, height: 900 }]) {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open({ viewport, colorScheme }, true);
    for (const address of found.pages) {
      await page.goto(base + address);
      await page.evaluate(axe);
      const result = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      for (const fault of result.violations) faults.push(`${address} ${colorScheme} ${viewport.width}: ${fault.id}: ${fault.nodes[0].html.slice(0, 160)} ${fault.nodes[0].failureSummary.slice(0, 240)}`);
      check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${address} is wider than ${viewport.width}`);
      looked += 1;
    }
    await page.context().close();
  }
}
await browser.close();
faults.forEach((fault) => console.error(fault));
console.log(`${found.pages.size} pages, ${looked} looks, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
