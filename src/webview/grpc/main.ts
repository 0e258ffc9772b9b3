/** The page of a method's panel. */
import { installLanguage } from '../../core/l10n.ts';
import './panel.ts';

installLanguage((globalThis as { gantryLanguage?: Record<string, string> }).gantryLanguage ?? {});
document.body.append(document.createElement('gantry-grpc-panel'));
