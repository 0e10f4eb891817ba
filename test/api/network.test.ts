import { expect } from 'chai';
import { networkOf } from '../../gateway/api/people/network.ts';

describe('the network of an address', () => {
  for (const [address, network] of [
    ['203.0.113.7', '203.0.113.7'],
    // What a server that listens on both kinds sees of IPv4.
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
    ['2001:db8:1:3::1', '2001:db8:1:3::'],
    ['fe80::1%eth0', 'fe80::'],
    ['', ''],
  ] as const)
    it(`When it is ${address || 'unknown'}, then ${network || 'unknown'}`, () => {
      expect(networkOf(address)).to.equal(network);
    });
});
