import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { InvalidSettings, readSettings, SETTINGS, summary } from '../../config/settings.ts';

const REQUIRED = {
  MONGODB_URI: 'mongodb://user:hunter2@db/videur',
  REDIS_URL: 'redis://:hunter3@cache',
  ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
};

type Row = { doc: string; fallback?: string; secret?: true };
const rows = Object.entries<Row>(SETTINGS);

function faultsOf(env: NodeJS.ProcessEnv): InvalidSettings {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof InvalidSettings) return error;
  }
  throw new Error('the settings were taken');
}

describe('Settings', () => {
  it('When several are wrong, then all of them are named at once and no value is', () => {
    const wrong = {
      MONGODB_URI: REQUIRED.MONGODB_URI,
      ENCRYPTION_KEY: 'c2hvcnQ-secret',
      PORT: 'eighty-eighty',
      PUBLIC_BASE_URL: 'not/an/address',
      BOOTSTRAP_API_KEY: 'too-short-a-key',
      LOG_LEVEL: 'shout',
      ALLOW_PRIVATE_OUTBOUND: 'perhaps',
    };
    const error = faultsOf(wrong);
    expect(error.faults.map((fault) => fault.split(':')[0])).to.have.members([
      'PORT is not valid',
      'PUBLIC_BASE_URL is not valid',
      'REDIS_URL is missing',
      'ENCRYPTION_KEY is not valid',
      'BOOTSTRAP_API_KEY is not valid',
      'LOG_LEVEL is not valid',
      'ALLOW_PRIVATE_OUTBOUND is not valid',
    ]);
    const told = JSON.stringify([error.message, error.stack, error.faults]);
    for (const value of Object.values(wrong)) expect(told).not.to.contain(value);
  });

  it('When only what is needed is set, then the rest has its default', () => {
    expect(readSettings(REQUIRED)).to.include({
      PORT: 8080,
      PUBLIC_BASE_URL: 'http://localhost:8080',
      LOG_LEVEL: 'info',
      ALLOW_PRIVATE_OUTBOUND: false,
    });
  });

  it('When a variable is empty, then it counts as not set', () => {
    expect(readSettings({ ...REQUIRED, PORT: '', BOOTSTRAP_API_KEY: '' })).to.include({
      PORT: 8080,
      BOOTSTRAP_API_KEY: undefined,
    });
    expect(faultsOf({ ...REQUIRED, REDIS_URL: '' }).faults).to.deep.equal([
      'REDIS_URL is missing: Redis or Valkey',
    ]);
  });

  it('When only the port is set, then the address that providers see has it', () => {
    const { PUBLIC_BASE_URL } = readSettings({ ...REQUIRED, PORT: '9090' });
    expect(PUBLIC_BASE_URL).to.equal('http://localhost:9090');
  });

  it('When a setting is a secret, then it has no default', () => {
    const secrets = rows.filter(([, { secret }]) => secret);
    expect(secrets.map(([name]) => name)).to.include.members(Object.keys(REQUIRED));
    for (const [name, { fallback }] of secrets) expect(fallback, name).to.equal(undefined);
  });

  it('When the settings are summed up, then secrets are only set or unset', () => {
    const told = summary(readSettings({ ...REQUIRED, LOG_LEVEL: 'debug' }));
    expect(told).to.include({
      MONGODB_URI: 'set',
      REDIS_URL: 'set',
      ENCRYPTION_KEY: 'set',
      BOOTSTRAP_API_KEY: 'unset',
      LOG_LEVEL: 'debug',
    });
    expect(Object.keys(told)).to.have.members(Object.keys(SETTINGS));
    expect(JSON.stringify(told)).not.to.match(/hunter/);
  });

  it('When somebody changes the settings that were read, then they stay as they are', () => {
    const settings = readSettings(REQUIRED);
    expect(() => Object.assign(settings, { PORT: 1 })).to.throw(TypeError);
  });

  it('When the page about them is read, then it says what the table says, no more and no less', async () => {
    const root = join(import.meta.dirname, '../../..');
    const page = await readFile(join(root, 'docs/configuration.md'), 'utf8');
    const told = page
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    expect(told).to.deep.equal(
      rows.map(([name, { doc, fallback, secret }]) => [
        `\`${name}\``,
        doc,
        fallback === undefined ? '' : `\`${fallback}\``,
        secret ? 'yes' : '',
      ]),
    );
  });
});
