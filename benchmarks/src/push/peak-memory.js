/* Writes a program's peak resident memory in bytes to $PEAK_MEMORY_FILE. Loaded with `node --import`. */
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  writeFileSync(process.env.PEAK_MEMORY_FILE, String(process.resourceUsage().maxRSS * 1024));
});
