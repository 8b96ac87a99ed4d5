import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApp, startApp } from 'tozo/src/testing/running-app.ts';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const here = existsSync(executablePath);
if (!here) console.log('skipped: no Chromium (apt-get install chromium, or set CHROMIUM)');

const screenshots = fileURLToPath(new URL('../out/screenshots/', import.meta.url));

/** Only the app can be reached, and the browser sends nothing to its vendor. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** Computes the smallest contrast between visible text and its background, as WCAG 2 defines it. */
const smallestContrast = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = channels(getComputedStyle(e).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
  };
  const ratios = [...document.querySelectorAll('body *')]
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) && !e.closest('.visually-hidden'))
    .map((e) => [luminance(channels(getComputedStyle(e).color)), luminance(behind(e))].sort())
    .map(([dark, light]) => (light + 0.05) / (dark + 0.05));
  return Math.min(...ratios);
})()`;

const widerThanTheWindow = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
const focused = 'document.activeElement.id';

/** Presses Tab, at most three times, until the control called `name` has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const label = `(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim().replace(/\\s+/g, ' ')`;
  for (let presses = 0; (await page.evaluate(label)) !== name; presses++) {
    if (presses === 3) throw new Error(`Tab didn't reach "${name}" but ${await page.evaluate<string>(label)}`);
    await page.keyboard.press('Tab');
  }
}

/** Waits for a button, and for the load of its page: until then, Tab may start at the top instead of the URL's fragment. */
async function waitForButton(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).waitFor();
  await page.waitForLoadState();
}

describe.skipIf(!here)('tozo in a real browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    await mkdir(screenshots, { recursive: true });
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(() => browser.close());

  /** Opens the page, and fails if the browser reported errors by the end of the test. */
  async function visit(options: BrowserContextOptions, test: (page: Page, app: RunningApp) => Promise<void>) {
    await using app = await startApp({ sourceDigest: 'sha256:142013fe2b5c07e6c5a8' });
    const context: BrowserContext = await browser.newContext({ ...options, baseURL: app.url });
    try {
      const page = await context.newPage();
      const browserErrors: string[] = [];
      page.on('console', (message) => browserErrors.push(message.text()));
      page.on('pageerror', (error) => browserErrors.push(String(error)));
      page.on('requestfailed', (request) => browserErrors.push(request.url()));
      await page.goto('/');
      await test(page, app);
      expect(browserErrors).toEqual([]);
    } finally {
      await context.close();
    }
  }

  const withBoth = [
    ['JavaScript', true],
    ['JavaScript off', false],
  ] as const;

  it.each(withBoth)('adds, completes, reopens and deletes a todo by keyboard: %s', (_name, javaScriptEnabled) =>
    visit({ javaScriptEnabled }, async (page, app) => {
      await tabTo(page, 'What needs doing?');
      await page.keyboard.type('Buy milk');
      await page.keyboard.press('Enter');
      await waitForButton(page, 'Complete Buy milk');
      expect(await app.store.list()).toMatchObject([{ title: 'Buy milk', done: false }]);

      await tabTo(page, 'Complete Buy milk');
      await page.keyboard.press('Space');
      await waitForButton(page, 'Reopen Buy milk');
      expect(await app.store.list()).toMatchObject([{ done: true }]);
      expect(await page.title()).toBe('0 to do · Tozo');

      await tabTo(page, 'Reopen Buy milk');
      await page.keyboard.press('Enter');
      await waitForButton(page, 'Complete Buy milk');
      await tabTo(page, 'Delete Buy milk');
      await page.keyboard.press('Enter');
      await page.getByText('Nothing to do yet').waitFor();
      expect(await app.store.list()).toEqual([]);
    }),
  );

  it('with the script, never reloads the page, keeps the focus and announces changes', () =>
    visit({}, async (page) => {
      await page.evaluate('window.sameLoad = true');
      const status = page.getByRole('status');
      for (const title of ['Buy milk', 'Bake bread', 'Call Ada']) {
        await page.keyboard.press('Tab');
        await page.getByLabel('What needs doing?').fill(title);
        await page.keyboard.press('Enter');
        await page.getByRole('button', { name: `Complete ${title}` }).waitFor();
        expect(await page.evaluate(focused)).toBe('title');
      }
      expect(await status.textContent()).toBe('Added.');

      await page.getByRole('button', { name: 'Complete Bake bread' }).press('Enter');
      await page.getByRole('button', { name: 'Reopen Bake bread' }).waitFor();
      expect(await page.evaluate(focused)).toBe('toggle-2');
      expect(await status.textContent()).toBe('Completed Bake bread.');

      await page.getByRole('button', { name: 'Delete Bake bread' }).press('Enter');
      await page.getByRole('button', { name: 'Delete Bake bread' }).waitFor({ state: 'detached' });
      expect(await page.evaluate(focused)).toBe('delete-3');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Delete Call Ada' }).waitFor({ state: 'detached' });
      expect(await page.evaluate(focused)).toBe('delete-1');
      await page.keyboard.press('Enter');
      await page.getByText('Nothing to do yet').waitFor();
      expect(await page.evaluate(focused)).toBe('title');
      expect(await page.evaluate('window.sameLoad')).toBe(true);
    }));

  it('shows an error next to its field, which refers to it', async () => {
    await using app = await startApp();
    const page = await browser.newPage({ baseURL: app.url });
    await page.goto('/');
    const field = page.getByRole('textbox', { name: 'What needs doing?' });
    // A space passes the browser's check of `required`.
    await field.fill(' ');
    await field.press('Enter');
    await page.getByText('Nothing was saved: title must not be empty.').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await page.evaluate(focused)).toBe('title');
    await page.close();
  });

  it.each([
    ['light', 1000],
    ['dark', 1000],
    ['light', 320],
    ['dark', 320],
  ] as const)('is readable, in %s, %i pixels wide', (colorScheme, width) =>
    visit({ colorScheme, viewport: { width, height: 700 } }, async (page, app) => {
      await app.store.add({ title: 'Buy milk' });
      await app.store.add({ title: 'Ask the neighbours whether they can water the plants while we are away in June' });
      await app.store.add({ title: `https://example.com/${'long-address-'.repeat(12)}` });
      await app.store.update(1, { done: true });
      await page.goto('/');
      expect(await page.evaluate(smallestContrast)).toBeGreaterThanOrEqual(4.5);
      expect(await page.evaluate(widerThanTheWindow)).toBe(false);
      await page.getByLabel('What needs doing?').focus();
      await page.screenshot({ path: `${screenshots}${colorScheme}-${width}.png`, fullPage: true });
    }),
  );
});
