export { createRedactor, type RedactedStream, type Redactor, type RedactorOptions } from './redaction/redactor.ts';
export { Secret } from './secret.ts';
