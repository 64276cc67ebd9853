import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { Browser, chromium } from 'playwright-core';
import { EngineError } from '../../local/engine/engine-error';
import { run } from '../../local/run';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const FURTHER_PLACES = ['Google Chrome', 'Chromium'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core';

/**
 * Starts Chromium or Chrome: that of CHROME_PATH, or one that is installed. Installs it if there is none, as root of Debian.
 *
 * @throws EngineError if there is none
 */
export async function startChromium(): Promise<Browser> {
  let executablePath = installed();
  if (!executablePath && process.getuid?.() === 0) {
    await run('sh', ['-c', INSTALL]);
    executablePath = installed();
  }
  if (!executablePath) {
    throw new EngineError('this test needs Chromium or Chrome: install one, for example with `apt-get install chromium` or '
      + '`npx playwright-core install chromium`, or set CHROME_PATH to the path of its program');
  }
  return chromium.launch({ executablePath });
}

function installed(): string | undefined {
  const { CHROME_PATH, PATH = '' } = process.env;
  if (CHROME_PATH) return CHROME_PATH;
  const inPath = NAMES.flatMap((name) => PATH.split(path.delimiter).map((folder) => path.join(folder, name)));
  return [...inPath, ...FURTHER_PLACES, chromium.executablePath()].find(existsSync);
}
