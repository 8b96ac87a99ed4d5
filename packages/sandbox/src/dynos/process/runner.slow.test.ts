import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { imageOf, type LayerEntry } from '../../testing/images.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { standIn, testRunner } from '../../testing/test-runner.ts';
import { until } from '../../testing/until.ts';

const script = (content: string, name = 'app/main.js', mode = 0o644): LayerEntry => ({ name, content, mode });
const printing = (expression: string): LayerEntry => script(`console.log(JSON.stringify(${expression}))`);

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

afterEach(() => vi.unstubAllEnvs());

describe("a dyno that can't start", () => {
  test("rejects an image that wasn't pushed to the repository", async () => {
    const image = await imageOf([]);
    await using runner = await testRunner([image]);
    const start = runner.start(image, { image: { repository: 'shop/worker', imageId: image.imageId } });
    await expect(start).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: /shop\/worker has no image sha256:.* push it/,
    });
  });

  test.each([
    ['ghost', "user ghost, which isn't in its /etc/passwd"],
    ['1000:ghosts', "group ghosts, which isn't in its /etc/group"],
  ])('rejects an image without its USER %s', async (User, problem) => {
    const image = await imageOf([[script('')]], { Cmd: ['node', '/app/main.js'], User, Labels: standIn });
    await using runner = await testRunner([image]);
    await expect(runner.start(image)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining(problem),
    });
  });

  test.each([
    [{ Cmd: 'node main.js' }, "Cmd that isn't a list"],
    [{ Cmd: [1] }, "Cmd that isn't text"],
    [{ Cmd: ['node'], Env: { A: '1' } }, "Env that isn't a list"],
    [{ Cmd: ['node'], WorkingDir: 5 }, "WorkingDir that isn't text"],
  ])('rejects a config with %j', async (config, message) => {
    const image = await imageOf([[]], config);
    await using runner = await testRunner([image]);
    await expect(runner.start(image)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining(message),
    });
  });

  test.each([
    ['no command', {}, /has no command/],
    ['a program that the image lacks', { Cmd: ['sharp-tool'] }, /sharp-tool: not found in the image/],
    ['a program of the machine that the image lacks', { Cmd: ['git'], Labels: standIn }, /git: not found in the image/],
    ['a directory', { Cmd: ['/app'] }, /\/app: not found/],
    [
      "a file that isn't executable",
      { Cmd: ['/app/plain'] },
      /\/app\/plain: not found in the image, or not executable/,
    ],
    ['an interpreter that nobody has', { Cmd: ['/app/odd'] }, /\/usr\/bin\/odd-interpreter: not found/],
    ['node in an image without it', { Cmd: ['node', 'x.js'] }, /node: not found in the image/],
  ])('%s', async (_, config, message) => {
    const files = [script('', 'app/plain'), script('#!/usr/bin/odd-interpreter\n', 'app/odd', 0o755)];
    const image = await imageOf([files], config);
    await using runner = await testRunner([image]);
    await expect(runner.start(image)).rejects.toMatchObject({
      code: 'COMMAND_NOT_FOUND',
      message: expect.stringMatching(message),
    });
    expect(await readdir(join(runner.directory, 'disks'))).toEqual([]);
  });

  test('rejects a program for another processor', async () => {
    const elf = Buffer.alloc(64);
    elf.write('\x7fELF\x02\x01', 'latin1');
    elf.writeUInt16LE(183, 18);
    const image = await imageOf([[{ name: 'app/tool', content: elf.toString('latin1'), mode: 0o755 }]], {
      Cmd: ['/app/tool'],
    });
    await using runner = await testRunner([image]);
    await expect(runner.start(image)).rejects.toThrow(/can't run on this machine/);
  });

  test('a broken layer leaves no partial image, and the next attempt starts over', async () => {
    const image = await imageOf([[{ name: 'b', type: 'link', linkname: 'missing' }]], { Cmd: ['node'] });
    await using runner = await testRunner([image]);
    await expect(runner.start(image)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
    await expect(runner.start(image)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
    expect(await readdir(join(runner.directory, 'images'))).toEqual([]);
  });
});

describe('a dyno gets', () => {
  test("the image's Env, overridden by config vars, DYNO, PORT and HOME, and nothing from the sandbox's environment", async () => {
    vi.stubEnv('HEROKU_API_KEY', 'a-key-of-the-sandbox');
    vi.stubEnv('NODE_OPTIONS', '');
    const image = await imageOf([[printing('process.env')]], {
      Cmd: ['node', '/app/main.js'],
      Env: ['PATH=/usr/bin', 'LOG=info', 'MODE=image', 'EMPTY=', 'URL=http://a?b=c', 'noEquals'],
      Labels: standIn,
    });
    await using runner = await testRunner([image]);
    const [line = ''] = await runner.output(image, {
      port: 4567,
      configVars: { MODE: 'config', PORT: '1', DYNO: 'x' },
    });
    const { PATH, HOME, ...rest } = JSON.parse(line) as Record<string, string>;
    expect(rest).toEqual({ LOG: 'info', MODE: 'config', EMPTY: '', URL: 'http://a?b=c', DYNO: 'web.1', PORT: '4567' });
    expect(PATH?.split(':').every((directory) => directory.startsWith(runner.directory))).toBe(true);
    expect(HOME).toMatch(/\/disks\/shop-web\.1-/);
  });

  test('no PORT if it serves no requests', async () => {
    const image = await imageOf([[printing('process.env.PORT ?? null')]], {
      Cmd: ['node', '/app/main.js'],
      Labels: standIn,
    });
    await using runner = await testRunner([image]);
    expect(await runner.output(image)).toEqual(['null']);
  });

  test('its WORKDIR, created if the image lacks it', async () => {
    const files = [script('console.log(process.cwd())', 'app/main.js')];
    const [inside, missing] = [
      await imageOf([files], { Cmd: ['node', 'main.js'], WorkingDir: '/app', Labels: standIn }),
      await imageOf([files], { Cmd: ['node', '/app/main.js'], WorkingDir: '/made/up', Labels: standIn }),
    ];
    await using runner = await testRunner([inside, missing]);
    expect((await runner.output(inside))[0]).toMatch(/\/images\/sha256-[0-9a-f]{64}\/app$/);
    expect((await runner.output(missing))[0]).toMatch(/\/images\/sha256-[0-9a-f]{64}\/made\/up$/);
  });

  test('its own home directory, removed afterwards', async () => {
    const image = await imageOf([[script('require("fs").writeFileSync(process.env.HOME + "/note", "x")')]], {
      Cmd: ['node', '/app/main.js'],
      Labels: standIn,
    });
    await using runner = await testRunner([image]);
    expect(await runner.output(image)).toEqual([]);
    await until(
      async () => await readdir(join(runner.directory, 'disks')),
      (disks) => disks.length === 0,
    );
  });
});

describe('its command', () => {
  const files = [
    printing('process.argv.slice(2)'),
    script('#!/usr/bin/env node\nconsole.log("tool")', 'opt/bin/tool', 0o755),
  ];

  test.each([
    ['by name', { Cmd: ['node', '/app/main.js', '/app', '/not/there', '/', 'plain'] }],
    ['by its path in the image', { Cmd: ['/usr/local/bin/node', '/app/main.js', '/app', '/not/there', '/', 'plain'] }],
    ['as entry point', { Entrypoint: ['node', '/app/main.js'], Cmd: ['/app', '/not/there', '/', 'plain'] }],
    ['by a shell', { Cmd: ['/bin/sh', '-c', 'exec node /app/main.js "/app" /not/there / plain'] }],
    ['by env', { Cmd: ['/usr/bin/env', 'node', '/app/main.js', '/app', '/not/there', '/', 'plain'] }],
  ])("node %s runs on this machine's Node.js, with paths of the image mapped", async (_, config) => {
    const image = await imageOf([files], { ...config, Labels: standIn });
    await using runner = await testRunner([image]);
    const [line = '[]'] = await runner.output(image);
    const [app, ...others] = JSON.parse(line) as string[];
    expect(app).toMatch(/^\/.*\/images\/sha256-[0-9a-f]{64}\/app$/);
    expect(others).toEqual(['/not/there', '/', 'plain']);
  });

  test("is the formation's if it has one, after the entry point", async () => {
    const image = await imageOf([files], { Entrypoint: ['node', '/app/main.js'], Cmd: ['a'], Labels: standIn });
    await using runner = await testRunner([image]);
    expect(await runner.output(image, { command: ['b', 'c'] })).toEqual(['["b","c"]']);
  });

  test("is found in the image's PATH", async () => {
    const image = await imageOf([files], { Cmd: ['tool'], Env: ['PATH=/usr/bin:/opt/bin'], Labels: standIn });
    await using runner = await testRunner([image]);
    expect(await runner.output(image)).toEqual(['tool']);
  });

  test("is found through the image's links, absolute ones too", async () => {
    const links: LayerEntry[] = [{ name: 'bin', type: 'symlink', linkname: '/opt/bin' }];
    const image = await imageOf([[...files, ...links]], { Cmd: ['/bin/tool'], Labels: standIn });
    await using runner = await testRunner([image]);
    expect(await runner.output(image)).toEqual(['tool']);
  });

  test.runIf(process.platform === 'linux' && process.arch === 'x64')(
    "is the image's own node where that runs here",
    async () => {
      const image = await imageOf([[printing('process.execPath')]], { Cmd: ['node', '/app/main.js'] });
      await using runner = await testRunner([image]);
      await expect(runner.start(image)).rejects.toMatchObject({ code: 'COMMAND_NOT_FOUND' });
      const root = join(runner.directory, 'images', image.imageId.replace(':', '-'));
      const own = join(root, 'usr/bin/node');
      await mkdir(join(root, 'usr/bin'), { recursive: true });
      await writeFile(own, await readFile(process.execPath));
      await chmod(own, 0o755);
      expect(await runner.output(image)).toEqual([JSON.stringify(own)]);
    },
  );
});

describe('output', () => {
  test('arrives line by line from both streams, with long lines split and an unterminated last line', async () => {
    const image = await imageOf(
      [[script('process.stdout.write("one\\r\\n\\nüber " + "x".repeat(25000) + "\\nlast"); console.error("error")')]],
      { Cmd: ['node', '/app/main.js'], Labels: standIn },
    );
    await using runner = await testRunner([image]);
    const lines = await runner.output(image);
    expect(lines.filter((line) => line === 'error')).toEqual(['error']);
    expect(lines.filter((line) => line !== 'error').map((line) => line.slice(0, 6) + line.length)).toEqual([
      'one3',
      '0',
      'über x10000',
      'xxxxxx10000',
      'xxxxxx5005',
      'last4',
    ]);
  });

  test('is bounded for a process that writes 5 MB without a newline', async () => {
    const image = await imageOf([[script('for (let i = 0; i < 5; i++) process.stdout.write("x".repeat(1e6))')]], {
      Cmd: ['node', '/app/main.js'],
      Labels: standIn,
    });
    await using runner = await testRunner([image]);
    const lines = await runner.output(image);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(10_000);
    expect(lines.reduce((sum, line) => sum + line.length, 0)).toBe(5_000_000);
  });
});

describe('the end of a dyno', () => {
  const stubborn = script(`
    process.on('SIGTERM', () => console.log('got SIGTERM'));
    const { pid } = require('node:child_process').spawn('sleep', ['1000'], { stdio: 'ignore' });
    console.log(pid); setInterval(() => {}, 1000);`);

  test('sends SIGTERM, then SIGKILL after the grace period, to all its processes', async () => {
    const image = await imageOf([[stubborn]], { Cmd: ['node', '/app/main.js'], Labels: standIn });
    await using runner = await testRunner([image], { killAfterMs: 300 });
    const dyno = await runner.start(image);
    await until(
      () => runner.lines.length,
      (count) => count === 1,
    );
    await Promise.all([dyno.stop(), dyno.stop()]);
    expect(await dyno.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(runner.lines[1]).toBe('got SIGTERM');
    await until(
      () => isAlive(Number(runner.lines[0])),
      (alive) => !alive,
    );
  });

  test('reports the exit code, and ends what it left running', async () => {
    const image = await imageOf(
      [[script(stubborn.content?.replace('setInterval(() => {}, 1000)', 'process.exit(3)') ?? '')]],
      {
        Cmd: ['node', '/app/main.js'],
        Labels: standIn,
      },
    );
    await using runner = await testRunner([image]);
    const dyno = await runner.start(image);
    expect(await dyno.exited).toEqual({ code: 3, signal: null });
    await until(
      () => isAlive(Number(runner.lines[0])),
      (alive) => !alive,
    );
  });

  test('happens when the sandbox is killed by SIGKILL, also to processes in sessions of their own', async () => {
    await using directory = await temporaryDirectory();
    const sandbox = spawn(
      process.execPath,
      [...process.execArgv, '--conditions=@tozo/source', '--import=tsx', fixture, directory.path],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const output: Buffer[] = [];
    sandbox.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    const line = await until(
      () => Buffer.concat(output).toString(),
      (text) => text.includes('\n'),
    );
    const pids = line.trim().split(' ').map(Number);
    expect(pids.map(isAlive)).toEqual([true, true]);
    sandbox.kill('SIGKILL');
    await until(
      () => pids.filter(isAlive),
      ({ length }) => length === 0,
    );
  });
});

const fixture = fileURLToPath(new URL('../../testing/doomed-sandbox.ts', import.meta.url));

describe('unpacked images', () => {
  test('are shared, unpacked once, and removed when the runner closes', async () => {
    const image = await imageOf([[script('setInterval(() => {}, 1000)')]], {
      Cmd: ['node', '/app/main.js'],
      Labels: standIn,
    });
    const runner = await testRunner([image]);
    const dynos = await Promise.all([runner.start(image), runner.start(image), runner.start(image)]);
    expect(await readdir(join(runner.directory, 'images'))).toEqual([image.imageId.replace(':', '-')]);
    await Promise.all(dynos.map(async (dyno) => await dyno.stop()));
    await runner[Symbol.asyncDispose]();
  });

  test('are removed if unused, except the last three', async () => {
    const images = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(
        async (name) => await imageOf([[script('', name)]], { Cmd: ['true'], Labels: standIn }),
      ),
    );
    await using runner = await testRunner(images);
    for (const image of images) await runner.output(image);
    const unpackedNames = async () => await readdir(join(runner.directory, 'images'));
    const names = await until(unpackedNames, ({ length }) => length === 3);
    expect(names.sort()).toEqual(
      images
        .slice(2)
        .map(({ imageId }) => imageId.replace(':', '-'))
        .sort(),
    );
  });

  test("that can't be removed are left, with a warning", async () => {
    const images = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (name) => await imageOf([[script('', name)]], { Cmd: ['true'], Labels: standIn })),
    );
    const running = await imageOf([[script('setInterval(() => {}, 1000)')]], {
      Cmd: ['node', '/app/main.js'],
      Labels: standIn,
    });
    await using runner = await testRunner([...images, running]);
    const warnings: Error[] = [];
    const collect = (warning: Error): void => void warnings.push(warning);
    process.on('warning', collect);
    onTestFinished(() => void process.off('warning', collect));
    for (const image of images) await runner.output(image);
    const dyno = await runner.start(running);
    const layers = join(runner.directory, 'layers');
    await rm(layers, { recursive: true });
    await dyno.stop();
    await expect.poll(() => warnings.map(({ message }) => message)).toContain('The files of shop web.1 are left');
    await mkdir(layers);
  });
});
