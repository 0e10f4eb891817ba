import { expect } from 'chai';
import { isRedisAway } from '../../config/redis.ts';
import { readRedisUrl } from '../../config/redis-url.ts';

describe('The address of Redis', () => {
  it('When it is one server, then host, port, login and database are read', () => {
    expect(readRedisUrl('redis://127.0.0.1')).to.deep.equal({
      kind: 'single',
      host: '127.0.0.1',
      port: 6379,
      login: {},
    });
    expect(readRedisUrl('rediss://me:s%40fe%3A@cache.example:7000/3')).to.deep.equal({
      kind: 'single',
      host: 'cache.example',
      port: 7000,
      login: { username: 'me', password: 's@fe:', db: 3, tls: {} },
    });
    expect(readRedisUrl('redis://[::1]:6380')).to.include({ host: '::1', port: 6380 });
  });

  it('When it names sentinels, then it names the master too', () => {
    expect(readRedisUrl('redis+sentinel://:pw@s1,s2:26380/main/1')).to.deep.equal({
      kind: 'sentinel',
      sentinels: [
        { host: 's1', port: 26379 },
        { host: 's2', port: 26380 },
      ],
      master: 'main',
      login: { password: 'pw', db: 1 },
    });
  });

  it('When it is a cluster, then its nodes are read', () => {
    expect(readRedisUrl('redis+cluster://a:7000,b:7001')).to.deep.equal({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
      ],
      login: {},
    });
  });

  it('When it is not an address, then it is refused without being repeated', () => {
    for (const wrong of [
      '',
      'hunter2',
      'http://hunter2',
      'redis://',
      'redis://hunter2,b',
      'redis+sentinel://hunter2',
      'redis://hunter2/x',
      'redis://hunter2:port',
    ])
      expect(() => readRedisUrl(wrong), wrong)
        .to.throw()
        .with.property('message')
        .that.does.not.contain('hunter2');
  });
});

describe('What Redis and its client say', () => {
  it('When it says that Redis cannot be used now, then it counts as away; a wrong command does not', () => {
    for (const message of [
      "READONLY You can't write against a read only replica.",
      "OOM command not allowed when used memory > 'maxmemory'.",
      'MISCONF Redis is configured to save RDB snapshots',
      'LOADING Redis is loading the dataset in memory',
      'NOREPLICAS Not enough good replicas to write.',
      'CLUSTERDOWN The cluster is down',
      'Connection is closed.',
      'Command timed out',
      "Stream isn't writeable and enableOfflineQueue options is false",
    ])
      expect(isRedisAway(new Error(message)), message).to.equal(true);
    expect(isRedisAway(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).to.equal(true);
    for (const message of ['WRONGTYPE Operation against a key', "ERR unknown command 'X'", 'OOMPH'])
      expect(isRedisAway(new Error(message)), message).to.equal(false);
    expect(isRedisAway('Connection is closed.')).to.equal(false);
  });
});
