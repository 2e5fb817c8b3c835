/* Sphinx puts this file behind its own search. Its search shows pages that have all words, in the order of the best word;
   this one shows the pages that have most of what was typed. A word counts more if few pages have it, and if it stands in the
   title or among what people type for this page, `typedFor`; a phrase of these that was typed in full counts once more. */
{
  const stemmer = new Stemmer();
  const stems = (text) => splitQuery(text.toLowerCase()).map((word) => stemmer.stemWord(word));
  const KINDS = { mistakes: "a mistake", conventions: "a convention", rules: "a rule", api: "a function", notebooks: "a lesson", exercises: "exercises" };
  let inTitle, entries;

  const { setIndex } = Search;
  Search.setIndex = (index) => {
    inTitle = index.titles.map((title) => new Set(stems(title)));
    entries = index.titles.map(() => []);
    index.docnames.forEach((name, page) => {
      for (const entry of typedFor[name]?.toLowerCase().split(", ") ?? []) entries[page].push(Object.assign(stems(entry), { text: entry }));
    });
    setIndex(index);
  };

  Search.performTermsSearch = (searchTerms) => {
    const { terms, titleterms, titles, docnames, filenames } = Search._index;
    const pagesWith = (fits, word) => [
      ...[terms, titleterms].flatMap((table) =>
        fits === null ? (Object.hasOwn(table, word) ? table[word] : []) : Object.keys(table).filter(fits).flatMap((each) => table[each])),
      ...entries.flatMap((list, page) => (list.some((entry) => entry.some(fits ?? ((each) => each === word))) ? [page] : [])),
    ];
    const asked = (new URLSearchParams(location.search).get("q") ?? "").toLowerCase();
    const weights = new Map(), scores = new Map();
    for (const word of searchTerms) {
      let pages = new Set(pagesWith(null, word));
      let share = 1;
      if (!pages.size && word.length > 2) {
        pages = new Set(pagesWith((each) => each.includes(word), word));
        share = 0.5;
      }
      const weight = share * Math.log(1 + titles.length / (1 + pages.size));
      weights.set(word, weight);
      for (const page of pages) {
        const times = inTitle[page].has(word) ? 3 : entries[page].some((entry) => entry.includes(word)) ? 2 : 1;
        scores.set(page, (scores.get(page) ?? 0) + weight * times);
      }
    }
    for (const [page, score] of scores) {
      const whole = entries[page].filter((entry) => entry.length > 1 && (asked.includes(entry.text) || entry.every((word) => searchTerms.has(word))));
      const words = new Set(whole.flat().filter((word) => weights.has(word)));
      scores.set(page, score + 2 * whole.length + 2 * [...words].reduce((sum, word) => sum + weights.get(word), 0));
    }
    const best = Math.max(0, ...scores.values());
    return [...scores].filter(([, score]) => score > best / 2).map(([page, score]) => {
      const untyped = [...inTitle[page]].filter((word) => !searchTerms.has(word)).length;
      const kind = KINDS[docnames[page].split("/")[0]] ?? null;
      return [docnames[page], titles[page], "", kind, (100 * score) / best - untyped, filenames[page], SearchResultKind.text];
    });
  };
}
