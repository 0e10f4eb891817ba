import { expect } from 'chai';
import { isPublicAddress } from '../../../workers/outgoing/public-address.ts';

describe('Addresses of the Internet', () => {
  const none: Record<string, string[]> = {
    loopback: ['127.0.0.1', '127.255.255.254', '::1'],
    unspecified: ['0.0.0.0', '0.1.2.3', '::'],
    private: ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
    'unique-local': ['fc00::1', 'fd12:3456::1'],
    'link-local': ['169.254.169.254', 'fe80::1', 'febf::1', 'fe80::1%eth0'],
    'shared (CGNAT)': ['100.64.0.1', '100.127.255.255'],
    multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
    broadcast: ['255.255.255.255'],
    reserved: ['192.0.0.1', '192.0.2.1', '198.18.0.1', '203.0.113.1', '240.0.0.1', '2001:db8::1'],
    'mapped into IPv6': [
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '::ffff:10.0.0.1',
      '::FFFF:a9fe:a9fe',
    ],
    'embedded in IPv6': ['::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '::ffff:0:127.0.0.1'],
    'old or odd kinds of IPv6': ['fec0::1', '100::1', '2001::1', '4000::1', '5f00::1'],
    'no address': ['', 'localhost', '127.0.0.1:80', '[::1]', '1.2.3.4.5'],
  };
  for (const [kind, addresses] of Object.entries(none)) {
    it(`When the address is ${kind}, then it is none`, () => {
      for (const address of addresses) expect(isPublicAddress(address), address).to.equal(false);
    });
  }

  it('When the address is next to a private range or any other, then it is one', () => {
    const some = ['1.1.1.1', '9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0'];
    const more = [
      '100.63.255.255',
      '100.128.0.0',
      '::ffff:1.1.1.1',
      '2606:4700:4700::1111',
      '2a00::',
    ];
    for (const address of [...some, ...more])
      expect(isPublicAddress(address), address).to.equal(true);
  });
});
