// Pictures that have just arrived, taken from this page as the server shows it now: made by its
// template, in its order, and only where they belong.
function wireArrivals(form) {
  const elsewhere = make("p", { className: "elsewhere small", hidden: true }, "What was added is not on this page: ",
    make("a", { href: `/t/${form.dataset.tenant}`, textContent: "see the newest pictures" }), ".");
  one("[data-tray]", form).append(elsewhere);
  const expected = new Set();
  const missing = new Set();
  let asking = false;

  async function ask() {
    if (asking) return;
    asking = true;
    while (expected.size > 0) {
      await new Promise((resolve) => { setTimeout(resolve, 250); });
      const paths = [...expected];
      await showNow().catch(() => { /* The link leads there. */ });
      paths.forEach((path) => { expected.delete(path); missing.add(path); });
      all("[data-gallery] .tile a").forEach((link) => missing.delete(link.getAttribute("href")));
      elsewhere.hidden = missing.size === 0;
    }
    asking = false;
  }

  return { expect(image) { expected.add(`/t/${form.dataset.tenant}/images/${image.id}`); ask(); } };
}

// The tiles that are new, and whatever else on the page follows them.
async function showNow() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) return;
  const now = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [gallery, fetched] = [one("[data-gallery]"), one("[data-gallery]", now)];
  if (!gallery || !fetched) return;
  addTiles(gallery, all(".tile", fetched));
  const empty = one("[data-empty]");
  if (empty && !one("[data-empty]", now)) empty.remove();
  all("[data-live]").forEach((part) => {
    const next = one(`#${part.id}`, now);
    if (next && !part.contains(document.activeElement)) part.replaceWith(next);
  });
}

function addTiles(gallery, tiles) {
  const path = (tile) => one("a", tile).getAttribute("href");
  const known = new Map(all(".tile", gallery).map((tile) => [path(tile), tile]));
  let before = null;
  for (const tile of tiles) {
    const here = known.get(path(tile));
    if (!here) {
      tile.classList.add("fresh");
      if (before) before.after(tile); else gallery.prepend(tile);
      if (tile.dataset.hash) drawPlaceholder(tile);
    }
    before = here || tile;
  }
}
