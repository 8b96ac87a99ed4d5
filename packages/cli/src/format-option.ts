import { Option } from 'commander';
import { formats } from './render/formats.ts';

/** How a command prints what happens. */
export function formatOption(): Option {
  return new Option('--format <name>', 'how to print what happens').choices(formats).default('auto');
}
