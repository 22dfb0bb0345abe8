// The search key of names: words in lower case without accents, so that every server's plain index
// answers what others need a collation for.

const LETTERS_WITHOUT_MARKS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
};

/** The folded words of a name, without doubles: `O’Brien-Núñez, Ana` is `obrien nunez ana`. */
export function nameKeys(name: string): string[] {
  const folded = name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[ßæœøđðþłı]/g, (letter) => LETTERS_WITHOUT_MARKS[letter] ?? letter)
    // An apostrophe joins: people type O'Brien and OBrien for the same name.
    .replaceAll(/['’ʼ`´]/g, '');
  return [...new Set(folded.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== ''))];
}
