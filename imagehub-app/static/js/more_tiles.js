// The pages of a listing after this one: their pictures join those that are here, and the page's
// own link leads on behind them.
function wireMoreTiles(gallery) {
  const link = () => one('.older a[rel="next"]');
  let coming = null;

  async function load() {
    const answer = await fetch(link().href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const listing = one("[data-gallery]", page);
    if (!answer.ok || !listing) return false;
    const known = new Set([...gallery.children].map(keyOf));
    for (const item of [...listing.children].filter((item) => !known.has(keyOf(item)))) {
      all("img", item).forEach((image) => { image.loading = "lazy"; });
      gallery.append(item);
      if (item.dataset.hash) drawPlaceholder(item);
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
