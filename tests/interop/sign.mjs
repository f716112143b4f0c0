// Signs with sigstore-js.
//
//   sign.mjs --trust-config F --token F --rekor 1|2 --bundle F [--statement] [--kind dsse|intoto] FILE
//
// With --statement, what is signed is an in-toto statement about FILE; --kind is how Rekor v1 logs it.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { main, require } from './clients.mjs';

const { bundleToJSON } = require('@sigstore/bundle');
const { ClientTrustConfig } = require('@sigstore/protobuf-specs');
const { DSSEBundleBuilder, FulcioSigner, MessageSignatureBundleBuilder, RekorWitness, TSAWitness } =
  require('@sigstore/sign');

const STATEMENT = 'application/vnd.in-toto+json';

await main(async (given) => {
  const config = ClientTrustConfig.fromJSON(JSON.parse(fs.readFileSync(given['trust-config'], 'utf8'))).signingConfig;
  const majorApiVersion = Number(given.rekor);
  const rekor = config.rekorTlogUrls.find((service) => service.majorApiVersion === majorApiVersion);
  const token = fs.readFileSync(given.token, 'utf8').trim();
  const signer = new FulcioSigner({ fulcioBaseURL: config.caUrls[0].url, identityProvider: { getToken: async () => token } });
  const witnesses = [
    new RekorWitness({ rekorBaseURL: rekor.url, majorApiVersion, entryType: given.kind ?? 'dsse' }),
    new TSAWitness({ tsaBaseURL: config.tsaUrls[0].url }),
  ];
  const data = fs.readFileSync(given.file);
  let bundle;
  if (given.statement) {
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: path.basename(given.file), digest: { sha256: createHash('sha256').update(data).digest('hex') } }],
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: { result: 'PASSED' },
    };
    const builder = new DSSEBundleBuilder({ signer, witnesses });
    bundle = await builder.create({ data: Buffer.from(JSON.stringify(statement)), type: STATEMENT });
  } else {
    bundle = await new MessageSignatureBundleBuilder({ signer, witnesses }).create({ data });
  }
  fs.writeFileSync(given.bundle, JSON.stringify(bundleToJSON(bundle)));
});
