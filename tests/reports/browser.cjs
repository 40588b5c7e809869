// Opens a page in Chromium at several widths and colour schemes, and says what happened there, as JSON.
// Arguments: the browser, the page's URL. NODE_PATH names the folder with playwright-core.
const { chromium } = require("playwright-core");

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

const look = async (browser, url, width, colorScheme, javaScriptEnabled) => {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, javaScriptEnabled });
  const page = await context.newPage();
  const seen = { width, colorScheme, javaScriptEnabled, console: [], errors: [], requests: [], dialogs: 0 };
  page.on("console", (message) => seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("request", (request) => request.url() === url || seen.requests.push(request.url()));
  page.on("dialog", (dialog) => { seen.dialogs += 1; return dialog.dismiss(); });
  await page.goto(url);
  seen.title = await page.title();
  if (javaScriptEnabled) await page.click("button[data-open='1']");
  else for (const summary of await page.$$(".task > summary")) await summary.click();
  await page.$$eval(".task details", (all) => all.forEach((one) => { one.open = true; }));
  seen.tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  seen.colours = await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]);
  seen.text = await page.$eval("main", (main) => main.textContent); // innerText leaves out what is far below
  seen.tasks = await page.$$eval(".task", (all) => all.map((one) => [one.dataset.status, one.open, one.getBoundingClientRect().height > 0]));
  seen.drawn = await page.$$eval("svg.bar rect", (all) => all.filter((one) => one.getBoundingClientRect().width > 0).length);
  seen.intervals = await page.$$eval("svg.interval circle", (all) => all.filter((one) => one.getBoundingClientRect().width > 0).length);
  if (javaScriptEnabled) {
    await page.fill("input[type=search]", "ANSWER right");
    seen.found = await page.$$eval(".task:not([hidden]) .name", (all) => all.map((one) => one.textContent));
    await page.fill("input[type=search]", "");
    await page.uncheck("input[value=passed]");
    seen.unchecked = await page.$$eval(".task:not([hidden])", (all) => all.map((one) => one.dataset.status));
    await page.click("svg.bar a");
    seen.target = await page.evaluate(() => document.querySelector(":target").open);
  }
  await context.close();
  return seen;
};

(async () => {
  const [executablePath, url] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const told = [
    await look(browser, url, 1280, "light", true),
    await look(browser, url, 400, "dark", true),
    await look(browser, url, 400, "light", false),
  ];
  await browser.close();
  process.stdout.write(JSON.stringify(told));
})();
