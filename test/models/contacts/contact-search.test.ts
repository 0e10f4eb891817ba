import { expect } from 'chai';
import {
  phraseOf,
  searchFor,
  searchWords,
  type Term,
} from '../../../models/contacts/contact-search.ts';

describe('searching contacts', () => {
  const ada = searchWords({
    firstName: 'Zoë Ada',
    lastName: "d'Ørsted",
    email: 'ada.lovelace@example.com',
    identities: [
      'tel:+33612345678',
      'telegram:771',
      'custom:0123456789abcdef01234567/shop-9',
      'whatsapp:US.1349',
    ],
  });
  const meets = (term: Term) =>
    term.words.$in.some((beginning) => ada.some((word) => beginning.test(word)));
  const finds = (typed: string) => {
    const terms = searchFor(typed);
    return terms.length > 0 && terms.every(meets);
  };

  it('When the beginning of a word is typed, then without case, accents and punctuation, in any order', () => {
    for (const typed of ['zoe', 'ZOË', 'ad', 'orst', "D'ør", 'ada zo', 'lovelace', 'ada.l', 'ada@'])
      expect(finds(typed), typed).to.equal(true);
    for (const typed of ['da', 'zoo', 'ada bob', '.*', '(', '~'])
      expect(finds(typed), typed).to.equal(false);
  });

  it('When a phone number is typed, then from abroad, at home, or its last digits', () => {
    for (const typed of [
      '+33 6 12',
      '+33 (0)6 12 34',
      '0033612',
      '06.12.34',
      '612-345',
      '33612345678',
    ])
      expect(finds(typed), typed).to.equal(true);
    for (const typed of ['5678', '345678', 'tel:+33612345678'])
      expect(finds(typed), typed).to.equal(true);
    for (const typed of ['678', '2345', '+34612', '0712'])
      expect(finds(typed), typed).to.equal(false);
  });

  it('When another identity is typed, then by its id, with its scheme or without', () => {
    for (const typed of ['telegram:771', '77', 'shop', 'shop-9', 'us.13', 'mailto:ada.love'])
      expect(finds(typed), typed).to.equal(true);
    expect(finds('0123456789abcdef')).to.equal(false);
  });

  it('When each word of a name is common, then they are a phrase in both orders', () => {
    const [first, second] = [phraseOf('zoe ADA d'), phraseOf("d'ørsted zo")];
    expect(first && meets(first)).to.equal(true);
    expect(second && meets(second)).to.equal(true);
    expect(phraseOf('zoe')).to.equal(undefined);
  });

  it('When numbers of several countries are stored, then each is found without its country code', () => {
    for (const [urn, home] of [
      ['tel:+16505551234', '650555'],
      ['tel:+79161234567', '916123'],
      ['tel:+442079460000', '02079'],
      ['tel:+2348031234567', '0803'],
      ['tel:+85223456789', '2345'],
    ] as const) {
      const words = searchWords({ identities: [urn] });
      const [term] = searchFor(home);
      const found = term?.words.$in.some((one) => words.some((word) => one.test(word)));
      expect(found, home).to.equal(true);
    }
  });

  it('When a contact has very much to be found by, then it is bounded, names first', () => {
    const many = Array.from({ length: 300 }, (_, i) => `telegram:${i + 1}`);
    const words = searchWords({ firstName: 'Ada', identities: many });
    expect(words).to.have.length(100);
    expect(words[0]).to.equal('ada');
  });
});
