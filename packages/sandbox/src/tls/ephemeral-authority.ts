import { generateKeyPairSync } from 'node:crypto';
import { createCertificate } from './certificate.ts';

/** A server certificate and the authority that signed it, in PEM. */
export interface IssuedCertificate {
  /** The authority's certificate, which clients must trust. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const hourMs = 60 * 60 * 1000;
const validForMs = 7 * 24 * hourMs;

/**
 * Issues a certificate for these host names and IPv4 addresses, signed by a new authority. The authority's key is never
 * stored: to trust the authority is to trust this one certificate, for seven days.
 */
export function issueCertificate(names: readonly string[]): IssuedCertificate {
  const [authority, server] = [generateKeyPair(), generateKeyPair()];
  const name = `tozo sandbox, created ${new Date().toISOString()}`;
  const common = {
    issuer: name,
    issuerKeys: authority,
    // Backdated to tolerate slow clocks.
    validFrom: new Date(Date.now() - hourMs),
    validUntil: new Date(Date.now() + validForMs),
  };
  return {
    ca: createCertificate({ ...common, subject: name, publicKey: authority.publicKey, use: 'authority' }),
    cert: createCertificate({ ...common, subject: 'tozo sandbox', publicKey: server.publicKey, use: names }),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

const generateKeyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
