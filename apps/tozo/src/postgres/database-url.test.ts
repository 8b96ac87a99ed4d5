import { describe, expect, it } from 'vitest';
import { SettingsError } from '../settings.ts';
import { parseDatabaseUrl } from './database-url.ts';

describe('parseDatabaseUrl', () => {
  it.each([
    ['that is invalid', 'tozo:s3cret@db/tozo'],
    ['for another database', 'mysql://tozo:s3cret@db/tozo'],
    ['with an unknown sslmode', 'postgres://tozo:s3cret@db/tozo?sslmode=no-verify'],
    ['with a CA file', 'postgres://tozo:s3cret@db/tozo?sslmode=verify-ca&sslrootcert=/ca.pem'],
  ])('rejects a URL %s, without showing its password', (_name, url) => {
    let error: unknown;
    try {
      parseDatabaseUrl(url);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SettingsError);
    expect(String(error)).toContain('DATABASE_URL');
    expect(String(error)).not.toContain('s3cret');
  });

  it.each([
    ['another host', 'postgres://u:p@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d'],
    ['another host, prefer', 'postgres://u:p@db.example.com/d?sslmode=prefer'],
    ['this machine, require', 'postgres://u:p@localhost/d?sslmode=require'],
    ['a host whose name only starts like this machine', 'postgres://u:p@127.0.0.1.example.com/d'],
  ])('uses TLS without checking the certificate: %s', (_name, url) => {
    expect(parseDatabaseUrl(url).tls).toEqual({ rejectUnauthorized: false });
  });

  it.each([
    ['localhost', 'postgres://u:p@localhost/d'],
    ['127.0.0.0/8', 'postgresql://u:p@127.1.2.3:5433/d'],
    ['::1', 'postgres://u:p@[::1]/d'],
    ['no host', 'postgres:///d'],
    ['a socket in the query', 'postgres:///d?host=/run/postgresql'],
    ['a socket as the host', 'postgres://%2Frun%2Fpostgresql/d'],
    ['disable', 'postgres://u:p@db.example.com/d?sslmode=disable'],
  ])('uses no TLS: %s', (_name, url) => {
    expect(parseDatabaseUrl(url).tls).toBe(false);
  });

  it('checks the certificate with verify-ca, and its name with verify-full', () => {
    const ca = parseDatabaseUrl('postgres://db/d?sslmode=verify-ca').tls;
    expect(ca).toEqual({ rejectUnauthorized: true, checkServerIdentity: expect.any(Function) });
    expect(parseDatabaseUrl('postgres://localhost/d?sslmode=verify-full').tls).toEqual({ rejectUnauthorized: true });
  });

  it('keeps everything but the TLS parameters', () => {
    const url = 'postgres://u:p%40ss@db:6432/d?sslmode=require&application_name=x';
    expect(parseDatabaseUrl(url).connectionString).toBe('postgres://u:p%40ss@db:6432/d?application_name=x');
  });
});
