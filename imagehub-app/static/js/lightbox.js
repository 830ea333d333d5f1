// One picture after the other, large. Never the original by itself: its largest thumbnail. It has a
// place in the history, so that Back closes it and Forward opens it again.
function wireLightbox(gallery) {
  if (typeof HTMLDialogElement !== "function") return null;
  const tiles = () => all("[data-width]", gallery).filter((tile) => one("a", tile));
  const box = lightboxParts(gallery);
  const { dialog, stage, image, place } = box;
  const pages = wireMoreTiles(gallery);
  const panel = wirePanel(box);
  const zoom = wireZoom(stage, image, step, (closer) => box.closer.setAttribute("aria-pressed", String(closer)));
  document.body.append(dialog);
  let current = null;
  let inHistory = false;

  const checkbox = () => current && one('input[type="checkbox"]', current);
  const showPicked = () => box.pick.setAttribute("aria-pressed", String(Boolean(checkbox() && checkbox().checked)));
  const toggle = () => { if (checkbox()) { checkbox().click(); showPicked(); } };

  function show(tile) {
    current = tile;
    zoom.reset();
    showPicture(tile);
    showPlace();
    box.page.href = pageOf(tile);
    box.save.href = originalOf(tile);
    box.setOriginal(Boolean(one("[data-animated]", tile)));
    box.share.href = `${pageOf(tile)}#sharing`;
    showPicked();
    panel.follow(tile);
    remember(one("a", tile).getAttribute("href"));
    if (!dialog.open) { dialog.showModal(); dialog.focus(); }
  }

  // The small file at once, the large one over it; both as large as the large one is.
  function showPicture(tile) {
    const small = one("img", tile);
    image.alt = small.alt;
    box.title.textContent = small.alt;
    const [width, height] = [tile.dataset.width, tile.dataset.height].map(Number);
    Object.assign(image.style, { maxWidth: width ? `${width}px` : "", maxHeight: height ? `${height}px` : "" });
    image.src = small.currentSrc || small.src;
    const large = new Image();
    large.src = largeOf(tile);
    large.decode().then(() => { if (current === tile && !image.src.startsWith("blob:")) image.src = large.src; }, () => { /* The small one stays. */ });
  }

  // How many there are is known at the end of the listing only.
  function showPlace() {
    const known = tiles();
    const at = known.indexOf(current);
    const more = pages.more();
    place.textContent = box.on.hidden ? "" : `${at + 1} of ${known.length}${more ? "+" : ""}${/[?&]cursor=/.test(location.search) ? " on this page" : ""}`;
    box.back.setAttribute("aria-disabled", String(at === 0));
    box.on.setAttribute("aria-disabled", String(!more && at + 1 === known.length));
    [known[at + 1], known[at - 1]].forEach((tile) => { if (tile) new Image().src = largeOf(tile); });
    if (more && known.length - at < 4) pages.load().then((came) => { if (came && dialog.open) showPlace(); });
  }

  function remember(picture) {
    const state = { picture, known: tiles().length };
    if (inHistory) { history.replaceState(state, ""); return; }
    inHistory = true;
    // Going back must not scroll away from the picture that was looked at last.
    history.scrollRestoration = "manual";
    if (history.state && history.state.picture) history.replaceState(state, ""); else history.pushState(state, "");
  }

  function near(by) {
    const known = tiles();
    return known[known.indexOf(current) + by];
  }

  async function step(by) {
    const from = current;
    if (by > 0 && !near(by) && !(await pages.load()) && pages.more()) place.textContent = "The next pictures did not come. Try again.";
    const tile = near(by);
    if (tile && current === from) show(tile);
  }

  function backToTile() {
    const link = current && one("a", current);
    current = null;
    history.scrollRestoration = "auto";
    if (link) { link.focus(); link.scrollIntoView({ block: "nearest" }); }
  }

  // Its page of the listing may have to be fetched again.
  async function open(state) {
    if (!state || !state.picture) return;
    const find = () => tiles().find((tile) => one("a", tile).getAttribute("href") === state.picture);
    while (!find() && tiles().length < state.known && await pages.load());
    if (find() && history.state && history.state.picture === state.picture) show(find());
  }

  const original = async () => {
    const tile = current;
    const refused = await showOriginal(image, originalOf(tile), () => current === tile);
    if (refused && current === tile) place.replaceChildren(...refused);
  };

  box.close.addEventListener("click", () => dialog.close());
  box.back.addEventListener("click", () => step(-1));
  box.on.addEventListener("click", () => step(1));
  box.pick.addEventListener("click", toggle);
  box.remove.addEventListener("click", () => deletePictures(current));
  box.closer.addEventListener("click", zoom.toggle);
  box.original.addEventListener("click", original);
  dialog.addEventListener("click", (event) => { if (event.target === dialog || (stage.contains(event.target) && zoom.isBeside(event))) dialog.close(); });
  dialog.addEventListener("close", () => { if (inHistory) history.back(); else backToTile(); });
  window.addEventListener("popstate", (event) => {
    const left = inHistory;
    inHistory = false;
    if (dialog.open) dialog.close(); else if (left) backToTile(); else open(event.state);
  });
  gallery.addEventListener("click", (event) => {
    const link = event.target.closest("[data-width] a");
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(link.closest("[data-width]"));
  });
  open(history.state);
  return { toggle, step, zoom, about: panel.toggle, current: () => (dialog.open ? current : null) };
}

// A tile's own page; where there is none, its original.
function pageOf(tile) {
  return tile.dataset.original || one("a", tile).href;
}

function originalOf(tile) {
  return tile.dataset.original || `${one("a", tile).href}/pull`;
}

function largeOf(tile) {
  return tile.dataset.large || `${one("a", tile).href}/thumb/1280`;
}
