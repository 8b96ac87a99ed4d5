import { deployOnce, type DeployOnceOptions } from './deploy-once.ts';
import type { SandboxUrls } from '@tozo/sandbox';

/** Deploys whatever its parent sends, and sends back the reports. Compiled and started by deployer.ts. */
export interface DeployOrder {
  readonly directory: string;
  readonly app: string;
  readonly urls: SandboxUrls;
  readonly apiKey: string;
  readonly options?: Omit<DeployOnceOptions, 'signal' | 'onEvent' | 'confirm'>;
}

process.on('message', ({ directory, app, options, ...sandbox }: DeployOrder) => {
  void deployOnce(directory, app, sandbox, options).then(
    ({ report }) => process.send?.(report),
    (error: unknown) => process.send?.({ outcome: 'crashed', text: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
