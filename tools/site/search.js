/* Sphinx puts this file behind its own search. Its search shows pages that have all words, in the order of the best word;
   this one shows the pages that have most of what was typed, rare words and words of the title first. */
Search.performTermsSearch = (searchTerms) => {
  const { terms, titleterms, titles, docnames, filenames } = Search._index;
  const stemmer = new Stemmer();
  const inTitle = titles.map((title) => new Set(splitQuery(title.toLowerCase()).map((word) => stemmer.stemWord(word))));
  const pagesWith = (word) =>
    [terms, titleterms].flatMap((table) => (Object.hasOwn(table, word) ? table[word] : []));
  const pagesWithPart = (part) =>
    [terms, titleterms].flatMap((table) => Object.keys(table).filter((word) => word.includes(part)).flatMap((word) => table[word]));

  const scores = new Map();
  for (const word of searchTerms) {
    let pages = new Set(pagesWith(word));
    let share = 1;
    if (!pages.size && word.length > 2) {
      pages = new Set(pagesWithPart(word));
      share = 0.5;
    }
    const weight = share * Math.log(1 + titles.length / (1 + pages.size));
    for (const page of pages)
      scores.set(page, (scores.get(page) ?? 0) + weight * (inTitle[page].has(word) ? 3 : 1));
  }
  const best = Math.max(0, ...scores.values());
  const kinds = { mistakes: "a mistake", conventions: "a convention", rules: "a rule", api: "a function", notebooks: "a lesson", exercises: "exercises" };
  return [...scores]
    .filter(([, score]) => score > best / 2)
    .map(([page, score]) => {
      const untyped = [...inTitle[page]].filter((word) => !searchTerms.has(word)).length;
      const kind = kinds[docnames[page].split("/")[0]] ?? null;
      return [docnames[page], titles[page], "", kind, (100 * score) / best - untyped, filenames[page], SearchResultKind.text];
    });
};
