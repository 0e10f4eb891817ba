import type { Delivery } from '../../channels/adapter.ts';

/** Where the proof of a delivery is. */
export interface Proof {
  read(delivery: Delivery): string;
  /** A copy of the delivery with another proof, or without one. */
  write(delivery: Delivery, value: string | undefined): Delivery;
  /** Its name in lower case, when it is a header. */
  header?: string;
}

export function headerProof(header: string): Proof {
  return {
    header,
    read({ headers }) {
      const value = headers[header];
      if (typeof value !== 'string') throw new Error(`no ${header}`);
      return value;
    },
    write: (delivery, value) => ({
      ...delivery,
      headers: { ...delivery.headers, [header]: value },
    }),
  };
}

export function queryProof(name: string): Proof {
  return {
    read({ query }) {
      const value = query.get(name);
      if (value === null) throw new Error(`no ${name}`);
      return value;
    },
    write(delivery, value) {
      const url = new URL(delivery.url);
      url.search = delivery.query.toString();
      if (value === undefined) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
      return { ...delivery, url: url.href, query: new URLSearchParams(url.search) };
    },
  };
}
