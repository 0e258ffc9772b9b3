/** A codicon in a template. */
import type { DirectiveResult } from 'lit/directive.js';
import { unsafeHTML } from 'lit/directives/unsafe-html.js';
import { codicon } from '../../core/page/codicons.ts';

export const icon = (name: Parameters<typeof codicon>[0]): DirectiveResult => unsafeHTML(codicon(name));
