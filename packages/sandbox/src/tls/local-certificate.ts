import { writeFileSync } from 'node:fs';
import { type IssuedCertificate, issueCertificate } from './ephemeral-authority.ts';

/** Returns a certificate, issued at the first call, for these names and this machine. Its authority is written to `caFile`. */
export type LocalCertificate = () => IssuedCertificate;

export function localCertificate(names: readonly string[], caFile: string): LocalCertificate {
  let issued: IssuedCertificate | undefined;
  return () => {
    if (issued) return issued;
    issued = issueCertificate([...names, 'localhost', '127.0.0.1']);
    writeFileSync(caFile, issued.ca, { mode: 0o600 });
    return issued;
  };
}
