// The pages of a listing after this one: their pictures join those that are here, and the page's
// own link leads on behind them.
function wireMoreTiles(gallery) {
  const link = () => one('.older a[rel="next"]');
  const path = (tile) => one("a", tile).getAttribute("href");
  let coming = null;

  async function load() {
    const answer = await fetch(link().href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const listing = one("[data-gallery]", page);
    if (!answer.ok || !listing) return false;
    const known = new Set(all(".tile", gallery).map(path));
    for (const tile of all(".tile", listing).filter((tile) => !known.has(path(tile)))) {
      one("img", tile).loading = "lazy";
      gallery.append(tile);
      if (tile.dataset.hash) drawPlaceholder(tile);
    }
    const next = one('.older a[rel="next"]', page);
    if (next) link().href = next.getAttribute("href"); else (link().previousElementSibling ? link() : link().parentElement).remove();
    return true;
  }

  return {
    more: () => Boolean(link()),
    // Whether another page came.
    load() {
      if (!link()) return Promise.resolve(false);
      coming = coming || load().catch(() => false).finally(() => { coming = null; });
      return coming;
    },
  };
}
