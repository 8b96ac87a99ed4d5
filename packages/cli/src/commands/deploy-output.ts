import { basename, resolve } from 'node:path';
import type { DeployEvent, DeployReport, Emit, RunningDeploy } from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import { cleanStrings } from '../output/clean.ts';
import type { Output } from '../output/output.ts';
import { jsonText } from '../output/printable.ts';
import { openReportFile } from '../output/report-file.ts';
import { projectName } from '../project.ts';
import type { Format } from '../render/formats.ts';
import { createRenderer } from '../render/renderer.ts';
import { type Cancellation, cancelOnSignals } from '../signals.ts';
import { type UsageError, usageExitCode } from '../usage-error.ts';

export interface DeployOutputOptions {
  readonly sandbox?: boolean;
  readonly format?: Format;
  readonly json?: boolean;
  readonly report?: string;
  readonly dryRun?: boolean;
}

/** Everything that a deploy prints and writes. The event `finished` ends it, once: with the last line and the report. */
export interface DeployOutput extends Disposable {
  readonly emit: Emit;
  /** Where the events are printed: stdout, or stderr if stdout is for the JSON document. */
  readonly progress: Output;
  readonly cancellation: Cancellation;
  /** Waits for a deploy. Returns the exit code. */
  follow(running: RunningDeploy): Promise<number>;
  /** Ends a deploy that was canceled before it started. Returns the exit code. */
  endUnstarted(): number;
  /** Writes the result of a deploy that was refused before it started. Whoever ran the command prints the error itself. */
  reportRefusal(error: UsageError): void;
}

/** @throws UsageError when the report can't be written */
export function openDeployOutput(options: DeployOutputOptions, context: CommandContext): DeployOutput {
  const { cwd, env, stdout, stderr, redaction } = context;
  const progress = options.json ? stderr : stdout;
  const file = options.report === undefined ? undefined : resolve(cwd, options.report);
  const reportFile = file === undefined ? undefined : openReportFile(file);
  const render = createRenderer(options.format ?? 'auto', progress, {
    env,
    redaction,
    showsPlan: options.dryRun ?? false,
  });
  let hasEnded = false;
  let running: RunningDeploy | undefined;
  let project = basename(cwd);
  void projectName(cwd).then((name) => (project = name));

  function emit(event: DeployEvent): void {
    if (hasEnded) return;
    if (event.type !== 'finished') return render(event);
    hasEnded = true;
    const report = { ...event.report, exitCode: exitCode(event.report) };
    render({ type: 'finished', report });
    end(cleanStrings(report, redaction));
  }
  function end(report: DeployReport): void {
    // A result that nobody could read would be as if there were none.
    if (options.json) stdout.writeJson(report, 2);
    else if (!stdout.isOpen) stderr.write(`${report.text}\n`);
    try {
      reportFile?.write(`${jsonText(report, 2)}\n`);
    } catch (error) {
      stderr.write(`warning: the report couldn't be written to ${file}: ${(error as Error).message}\n`);
    }
  }
  const unstarted = (): DeployReport => {
    const message = 'nothing was changed';
    return unstartedReport('cancelled', { code: 'CANCELLED', message }, project, options, env);
  };
  function endNow(reason: unknown): number {
    const report = running?.reportNow(reason) ?? unstarted();
    emit({ type: 'finished', report });
    return exitCode(report);
  }
  const cancellation = cancelOnSignals(endNow);
  context.lastWords = endNow;
  const exitCode = ({ outcome, exitCode: code }: DeployReport): number =>
    outcome === 'cancelled' ? (cancellation.exitCode() ?? code) : code;
  return {
    emit,
    progress,
    cancellation,
    async follow(started) {
      running = started;
      return exitCode(await started.finished);
    },
    endUnstarted: () => endNow(cancellation.signal.reason),
    reportRefusal({ message, cause }) {
      const code = (cause as { readonly code?: string } | undefined)?.code ?? 'USAGE_INVALID';
      const report = unstartedReport('failed', { code, message }, project, options, env);
      end(cleanStrings({ ...report, exitCode: usageExitCode }, redaction));
    },
    [Symbol.dispose]: () => cancellation.dispose(),
  };
}

/** @param project the name of the project, as long as the app's is unknown */
function unstartedReport(
  outcome: 'cancelled' | 'failed',
  error: { readonly code: string; readonly message: string },
  project: string,
  { sandbox }: { readonly sandbox?: boolean },
  env: NodeJS.ProcessEnv,
): DeployReport {
  return {
    outcome,
    exitCode: 1,
    app: project,
    target: sandbox || !env['HEROKU_API_KEY'] ? 'sandbox' : 'heroku',
    text: `${outcome.toUpperCase()} ${project}: ${error.message}`,
    releases: [],
    others: [],
    sentBytes: 0,
    reusedBytes: 0,
    versionProven: false,
    warnings: [],
    error,
    seconds: 0,
  };
}
