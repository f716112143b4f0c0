// The packages of sigstore-js, from the directory that PLIMSOLL_INTEROP_NODE_MODULES names, or from beside this file.

import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';

const directory = process.env.PLIMSOLL_INTEROP_NODE_MODULES;
export const require = createRequire(directory ? path.join(path.resolve(directory), '_') : import.meta.url);

// What follows on the command line: options, and one file.
export function options() {
  const text = { type: 'string' };
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'trust-config': text, token: text, rekor: text, identity: text, issuer: text, bundle: text, kind: text,
      statement: { type: 'boolean' },
    },
  });
  if (positionals.length !== 1) {
    throw new Error('one file is to be given');
  }
  return { ...values, file: positionals[0] };
}

// Runs, and says why not. Status 1 is a no of the library.
export async function main(run) {
  try {
    await run(options());
  } catch (error) {
    console.log(`${error.code ?? error.name}: ${error.message}${error.cause ? `: ${error.cause.message}` : ''}`);
    process.exitCode = 1;
  }
}
