#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that one too old gets a sentence instead of a syntax error.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  process.stderr.write(
    'tozo needs Node 20.19 or newer; this is ' + process.versions.node + '. Install a newer Node.\n',
  );
  process.exitCode = 1;
} else {
  var stopReporting = reportSignals();
  void keepCompiledCode()
    .then(function () {
      return import('@tozo/cli/main');
    })
    .then(function (main) {
      return main.run(process.argv.slice(2));
    })
    .finally(stopReporting);
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

// Says what ended a command that doesn't handle signals itself, or not yet. Returns a function that ends that.
function reportSignals() {
  var numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
  function onSignal(name) {
    if (process.listenerCount(name) > 1) return;
    process.stderr.write('CANCELLED: stopped by ' + name + '\n');
    process.exit(128 + numbers[name]);
  }
  Object.keys(numbers).forEach(function (name) {
    process.on(name, onSignal);
  });
  return function () {
    Object.keys(numbers).forEach(function (name) {
      process.off(name, onSignal);
    });
  };
}
