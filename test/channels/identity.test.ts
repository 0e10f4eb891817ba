import { expect } from 'chai';
import { readIdentity, readPhone } from '../../channels/identity.ts';

const CHANNEL = '0123456789abcdef01234567';

describe('identities as they are typed', () => {
  it('When one is well formed, then it is what the channels give to the same sender', () => {
    for (const [typed, urn] of [
      ['tel:+33 6 12-34.56.78', 'tel:+33612345678'],
      ['mailto:Ada@Example.COM', 'mailto:ada@example.com'],
      ['mailto:ada@bücher.example', 'mailto:ada@xn--bcher-kva.example'],
      ['whatsapp:+33612345678', 'tel:+33612345678'],
      ['whatsapp:US.1349', 'whatsapp:US.1349'],
      ['Telegram:77', 'telegram:77'],
      ['telegram:-100123', 'telegram:-100123'],
      ['line:U1_a', 'line:U1_a'],
      ['slack:T1/U2', 'slack:T1/U2'],
      ['sms:Acme', 'sms:acme'],
      ['sms:+33612345678', 'tel:+33612345678'],
      [`custom:${CHANNEL}/shop-1`, `custom:${CHANNEL}/shop-1`],
      [`custom:${CHANNEL}/+33612345678`, 'tel:+33612345678'],
    ] as const)
      expect(readIdentity(typed), typed).to.equal(urn);
    expect(readPhone('+33 6 12 34 56 78')).to.equal('+33612345678');
  });

  it('When it is none, then it is not taken', () => {
    for (const typed of [
      ...['', 'tel:', 'tel:0612345678', 'tel:+33', 'mailto:ada', 'ada@example.com', 'telegram:ada'],
      ...['telegram:0', 'slack:T1', 'custom:shop-1', 'unknown:1', 'constructor:1', 'viber:a b'],
    ])
      expect(readIdentity(typed), typed).to.equal(undefined);
    expect(readPhone('0612345678')).to.equal(undefined);
  });
});
