import ipaddr from 'ipaddr.js';

/** All addresses of IPv6 that belong to somebody: https://www.iana.org/assignments/ipv6-address-space */
const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::');

/**
 * Whether an IP address is one of the Internet's: not loopback, private, link-local, unique-local,
 * shared (CGNAT), multicast, unspecified or reserved. An IPv4 address that is mapped into IPv6 is judged
 * as what it is; one that is embedded for translation or a tunnel (64:ff9b::, 2002::, 2001::) is none.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST, 3);
}
