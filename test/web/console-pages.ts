import { Browser, Page } from 'playwright-core';

/** More than the pause between two polls. */
const PATIENCE_MS = 60_000;

/** Opens pages of consoles, and collects what must not happen in them. */
export class ConsolePages {
  /** Errors, and violations of the content security policy. */
  public readonly faults: string[] = [];
  /** Requests to other servers than the console. */
  public readonly foreign: string[] = [];
  /** All that the pages have received. */
  private readonly received: Array<Promise<string>> = [];

  constructor(private readonly browser: Browser) {}

  /** Opens a view, and waits for its heading. */
  public async open(url: string, hash = '#/', options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await this.browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    this.observe(page, new URL(url).host);
    await context.exposeFunction('reportViolation', (violation: string) => this.faults.push(violation));
    await context.addInitScript("addEventListener('securitypolicyviolation', (e) => reportViolation(`${e.violatedDirective}: ${e.blockedURI}`))");
    await page.goto(url + hash);
    await page.getByRole('heading', { level: 1 }).waitFor();
    return page;
  }

  public async close(): Promise<void> {
    await Promise.all(this.browser.contexts().map((context) => context.close()));
  }

  /** Returns all that the pages have received until now: responses, messages, and what is shown and stored. */
  public async texts(): Promise<string[]> {
    const pages = this.browser.contexts().flatMap((context) => context.pages());
    const shown = pages.map((page) => page.evaluate<string>(
      'JSON.stringify([document.documentElement.outerHTML, document.cookie, { ...localStorage }, { ...sessionStorage }])',
    ));
    return Promise.all([...this.received, ...shown]);
  }

  private observe(page: Page, host: string): void {
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('console', (message) => {
      // The browser logs each failed request. The tests make some fail.
      if (!['error', 'warning'].includes(message.type()) || /Failed to load resource|WebSocket connection to/.test(message.text())) return;
      this.faults.push(message.text());
    });
    const expectHost = (url: string) => {
      if (new URL(url).host !== host) this.foreign.push(url);
    };
    page.on('request', (request) => expectHost(request.url()));
    page.on('response', (response) => {
      const headers = JSON.stringify(response.headers());
      // A response has no body if the page has left it.
      this.received.push(response.text().then((text) => headers + text, () => headers));
    });
    page.on('websocket', (socket) => {
      expectHost(socket.url());
      socket.on('framereceived', ({ payload }) => this.received.push(Promise.resolve(String(payload))));
    });
  }
}
