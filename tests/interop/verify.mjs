// Verifies with sigstore-js.
//
//   verify.mjs --trust-config F --identity ID --issuer URL --bundle F [--statement] FILE
//
// With --statement, the bundle holds an in-toto statement, and FILE must be its subject.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { main, require } from './clients.mjs';

const { bundleFromJSON } = require('@sigstore/bundle');
const { ClientTrustConfig } = require('@sigstore/protobuf-specs');
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');

await main(async (given) => {
  const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
  const { trustedRoot } = ClientTrustConfig.fromJSON(read(given['trust-config']));
  const bundle = bundleFromJSON(read(given.bundle));
  const data = fs.readFileSync(given.file);
  const entity = given.statement ? toSignedEntity(bundle) : toSignedEntity(bundle, data);
  const verifier = new Verifier(toTrustMaterial(trustedRoot), { ctlogThreshold: 1, tlogThreshold: 1, timestampThreshold: 1 });
  const escaped = given.identity.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  verifier.verify(entity, {
    subjectAlternativeName: new RegExp(`^${escaped}$`),
    extensions: { issuer: given.issuer },
  });
  if (given.statement) {
    const { payload, payloadType } = bundle.content.dsseEnvelope;
    const digest = createHash('sha256').update(data).digest('hex');
    const subjects = JSON.parse(payload.toString('utf8')).subject.map((subject) => subject.digest.sha256);
    if (payloadType !== 'application/vnd.in-toto+json' || !subjects.includes(digest)) {
      throw new Error('the statement is not about the file');
    }
  }
});
