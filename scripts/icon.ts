/** Draws `media/icon.png` (256 × 256), the extension's icon: `node scripts/run.mjs icon`. The drawing is the source; the picture is committed. */
import { join } from 'node:path';
import { launchBrowser } from './lib/browser.ts';
import { root } from './lib/project.ts';

const size = 256;
const colors = { sky: '#0e4a52', night: '#062b31', steel: '#f2b84b', rope: '#cfe6e4', rail: '#9fc4c2' };
const containers = { hanging: '#e4572e', left: '#2a9d8f', right: '#d9e5e3' };

/** A container seen from its side: frame and ribs. */
function container(x: number, y: number, width: number, height: number, color: string): string {
  const gap = width / 6;
  const ribs = [1, 2, 3, 4, 5].map((i) => `<path d="M${x + gap * i} ${y + 7}v${height - 14}"/>`).join('');
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4" fill="${color}"/>
    <g stroke="#000" stroke-opacity=".26" stroke-width="4" stroke-linecap="round">${ribs}</g>`;
}

const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}">
  <defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="${colors.sky}"/><stop offset="1" stop-color="${colors.night}"/></linearGradient></defs>
  <rect width="${size}" height="${size}" rx="56" fill="url(#sky)"/>
  <path d="M78 213h100" stroke="${colors.rail}" stroke-width="6" stroke-linecap="round"/>
  ${container(77, 178, 50, 31, containers.left)}
  ${container(130, 178, 50, 31, containers.right)}
  <path d="M128 78v24l-34 22M128 102l34 22" fill="none" stroke="${colors.rope}" stroke-width="5" stroke-linecap="round" stroke-linejoin="round"/>
  ${container(84, 122, 88, 44, containers.hanging)}
  <g fill="none" stroke="${colors.steel}" stroke-width="13" stroke-linecap="round" stroke-linejoin="round">
    <path d="M32 66h192M56 66v140M200 66v140"/>
    <path d="M56 100l28-34M200 100l-28-34" stroke-width="7"/>
  </g>
  <path d="M40 208h32M184 208h32" stroke="${colors.steel}" stroke-width="11" stroke-linecap="round"/>
  <rect x="106" y="46" width="44" height="32" rx="6" fill="${colors.rope}"/>
  <path d="M116 56h24v10h-24z" fill="${colors.night}"/>
</svg>`;

const browser = await launchBrowser((line) => console.error(line));
try {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<body style="margin:0">${drawing}</body>`);
  await page.screenshot({ path: join(root, 'media/icon.png'), omitBackground: true });
} finally {
  await browser.close();
}
