import ipaddr from 'ipaddr.js';

/** Whoever has one IPv6 address has at least all that share its first 64 bits. */
const IPV6_PREFIX = 64;

/** The network that an address stands for: itself, or the first half of an IPv6 address. */
export function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${address}/${IPV6_PREFIX}`).toString();
}
