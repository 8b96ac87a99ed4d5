import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RunningCommand, startTozo } from '../src/testing/tozo.ts';
import { terraformBlocker as blocker } from './terraform/blocker.ts';
import { openSandboxProject, runTerraform, type SandboxProject } from './terraform/sandbox-project.ts';

if (blocker !== undefined) console.log(`skipped: ${blocker}`);

interface StartedApply extends RunningCommand {
  /** Lets Heroku create the app. */
  readonly answer: () => void;
  /** Returns what the command left in its temporary directory. */
  readonly left: () => Promise<string[]>;
}

/** Starts `tozo infrastructure apply` in a process, up to the request that creates the app, which Heroku doesn't answer yet. */
async function startApply(project: SandboxProject): Promise<StartedApply> {
  await project.declare({ protectFromDestroy: false });
  const temporary = join(project.directory, 'tmp');
  await mkdir(temporary, { recursive: true });
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const asked = new Promise<void>((resolve) => {
    project.beforeRequest = (method, path) => {
      if (method !== 'POST' || path !== '/apps') return undefined;
      resolve();
      return answered;
    };
  });
  const command = startTozo(['infrastructure', 'apply', '--no-synth', '--yes'], {
    cwd: project.directory,
    env: { ...project.env, TMPDIR: temporary },
  });
  await asked;
  return {
    ...command,
    answer,
    left: async () => (await readdir(temporary)).filter((name) => name.startsWith('tozo-plan')),
  };
}

describe.skipIf(blocker !== undefined)('tozo infrastructure with the real terraform, and signals', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)(
    '%s ends an apply once Terraform has finished what it had begun: in the state, unlocked, and without a plan left',
    async (signal, code) => {
      await using project = await openSandboxProject();
      const apply = await startApply(project);
      expect(await apply.left()).toHaveLength(1);
      apply.child.kill(signal);
      await apply.waitForOutput('Gracefully shutting down');
      apply.answer();
      expect(await apply.result).toMatchObject({
        code,
        stdout: expect.stringContaining('Waiting for Terraform to finish what it has begun'),
        stderr: expect.stringContaining(`stopped by ${signal}`),
      });
      expect(await apply.left()).toEqual([]);
      expect((await runTerraform(project, 'state', 'list')).output).toContain('heroku_app.shop');
      expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
      expect(project.heroku.done.filter((one) => one === 'create heroku_app')).toHaveLength(1);
    },
  );

  it('a terminal that is closed stops it in the same way, though no one reads what it prints', async () => {
    await using project = await openSandboxProject();
    const apply = await startApply(project);
    apply.child.stdout!.destroy();
    apply.child.stderr!.destroy();
    apply.child.kill('SIGHUP');
    apply.answer();
    expect(await apply.result).toMatchObject({ code: 129 });
    expect(await apply.left()).toEqual([]);
    expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
    expect(project.heroku.done.filter((one) => one === 'create heroku_app')).toHaveLength(1);
  });

  it('a second signal ends Terraform at once, and no plan is left', async () => {
    await using project = await openSandboxProject();
    const apply = await startApply(project);
    apply.child.kill('SIGINT');
    await apply.waitForOutput('Gracefully shutting down');
    const repeated = setInterval(() => apply.child.kill('SIGINT'), 100);
    await apply.waitForOutput('Two interrupts received');
    clearInterval(repeated);
    expect(await apply.result).toMatchObject({ code: 130, stderr: 'stopped by SIGINT\n' });
    expect(await apply.left()).toEqual([]);
    apply.answer();
    expect(await project.run('drift')).toMatchObject({ code: 6 });
  });

  it('says how to unlock the state that a killed Terraform has left locked', async () => {
    await using project = await openSandboxProject();
    const apply = await startApply(project);
    const { pid } = apply.child;
    const [terraform] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ');
    process.kill(Number(terraform), 'SIGKILL');
    const { code, stdout, stderr } = await apply.result;
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('ended by a signal') });
    expect(await apply.left()).toEqual([]);
    apply.answer();
    const [, id] = /Terraform ended without unlocking the state.* force-unlock (\S+)/.exec(stdout) ?? [];
    expect(id, stdout).toBeDefined();
    expect(await runTerraform(project, 'force-unlock', '-force', id!)).toMatchObject({ code: 0 });
    expect(await project.run('drift')).toMatchObject({ code: 6 });
  });
});
