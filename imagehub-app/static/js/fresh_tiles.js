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
  addTiles(gallery, fetched);
  const empty = one("[data-empty]");
  if (empty && !one("[data-empty]", now)) empty.remove();
  all("[data-live]").forEach((part) => {
    const next = one(`#${part.id}`, now);
    if (next && !part.contains(document.activeElement)) part.replaceWith(next);
  });
}

// A tile is known by its picture, a heading by its words.
function keyOf(item) {
  return item.dataset.group ? `${item.className} ${item.dataset.group}` : one("a", item).getAttribute("href");
}

function addTiles(gallery, fetched) {
  const known = new Map([...gallery.children].map((item) => [keyOf(item), item]));
  let before = null;
  for (const item of [...fetched.children]) {
    const here = known.get(keyOf(item));
    if (!here) {
      if (item.matches(".tile")) item.classList.add("fresh");
      if (before) before.after(item); else gallery.prepend(item);
      if (item.dataset.hash) drawPlaceholder(item);
    }
    before = here || item;
  }
}
