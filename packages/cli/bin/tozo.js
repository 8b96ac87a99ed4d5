#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that one too old gets a sentence instead of a syntax error.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  process.stderr.write(
    'tozo needs Node 20.19 or newer; this is ' + process.versions.node + '. Install a newer Node.\n',
  );
  process.exitCode = 1;
} else {
  reportEarlySignals();
  void keepCompiledCode()
    .then(function () {
      return import('@tozo/cli/main');
    })
    .then(function (main) {
      return main.run(process.argv.slice(2));
    });
}

// From Node 22.8 on, the next start needs no compiler. Not in CI: there the directory would be new, or of other jobs as well,
// whose code must not become part of a job with a key.
async function keepCompiledCode() {
  var module = await import('node:module');
  if (process.env.CI || process.env.NODE_COMPILE_CACHE || !module.enableCompileCache) return;
  var os = await import('node:os');
  var path = await import('node:path');
  var { XDG_CACHE_HOME } = process.env;
  try {
    var caches = XDG_CACHE_HOME && path.isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : path.join(os.homedir(), '.cache');
    module.enableCompileCache(path.join(caches, 'tozo/compiled'));
  } catch {
    // A user without a home directory.
  }
}

// Until a command takes care of signals itself, nothing has begun that would have to be undone.
function reportEarlySignals() {
  var numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
  Object.keys(numbers).forEach(function (name) {
    process.on(name, function () {
      if (process.listenerCount(name) > 1) return;
      process.stderr.write('CANCELLED: stopped by ' + name + '\n');
      process.exit(128 + numbers[name]);
    });
  });
}
