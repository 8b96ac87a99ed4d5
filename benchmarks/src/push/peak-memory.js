/* Loaded before a program (node --import): writes the most memory that it had resident, in bytes, to $PEAK_MEMORY_FILE. */
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  writeFileSync(process.env.PEAK_MEMORY_FILE, String(process.resourceUsage().maxRSS * 1024));
});
