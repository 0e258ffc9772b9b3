/** A headless Chromium driven by Playwright. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { Failure } from '../../src/core/failure.ts';
import { needSystemPackages } from './systemPackages.ts';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Launches the system's Chromium, installing Debian's where that is possible. Fonts for Chinese come along. */
export async function launchBrowser(say: (line: string) => void): Promise<Browser> {
  if (!places.some((place) => existsSync(place))) await needSystemPackages(['chromium', 'fonts-noto-cjk'], say);
  const executablePath = process.env['CHROME'] ?? places.find((place) => existsSync(place));
  if (executablePath === undefined)
    throw new Failure('toolMissing', 'Chromium is needed. Install it, or set CHROME to its path.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
