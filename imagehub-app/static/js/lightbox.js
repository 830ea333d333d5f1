// One picture after the other, large. Never the original: its largest thumbnail. It has a place in
// the history, so that Back closes it and Forward opens it again.
function wireLightbox(gallery) {
  if (typeof HTMLDialogElement !== "function") return null;
  const tiles = () => all(".tile", gallery).filter((tile) => one("a", tile));
  const { dialog, image, title, place, page, pick, back, on, close } = lightboxParts();
  document.body.append(dialog);
  let current = null;
  let inHistory = false;

  const checkbox = () => current && one('input[type="checkbox"]', current);
  const showPicked = () => {
    const box = checkbox();
    pick.hidden = !box;
    pick.setAttribute("aria-pressed", String(Boolean(box && box.checked)));
    pick.textContent = box && box.checked ? "Selected" : "Select";
  };
  const toggle = () => { const box = checkbox(); if (box) { box.click(); showPicked(); } };

  function show(tile) {
    current = tile;
    showPicture(tile);
    const known = tiles();
    place.textContent = `${known.indexOf(tile) + 1} of ${known.length}`;
    page.href = pageOf(tile);
    page.textContent = tile.dataset.original ? "Original" : "Details";
    const [before, after] = [near(-1), near(1)];
    back.setAttribute("aria-disabled", String(!before));
    on.setAttribute("aria-disabled", String(!after));
    if (after) new Image().src = largeOf(after);
    showPicked();
    remember(one("a", tile).getAttribute("href"));
    if (!dialog.open) dialog.showModal();
  }

  // The small file at once, the large one over it; both as large as the large one is.
  function showPicture(tile) {
    const small = one("img", tile);
    image.alt = small.alt;
    title.textContent = small.alt;
    const [width, height] = [tile.dataset.width, tile.dataset.height].map(Number);
    Object.assign(image.style, { maxWidth: width ? `${width}px` : "", maxHeight: height ? `${height}px` : "" });
    image.src = small.currentSrc || small.src;
    const large = new Image();
    large.addEventListener("load", () => { if (current === tile) image.src = large.src; });
    large.src = largeOf(tile);
  }

  function remember(picture) {
    if (inHistory) { history.replaceState({ picture }, ""); return; }
    inHistory = true;
    // Going back must not scroll away from the picture that was looked at last.
    history.scrollRestoration = "manual";
    if (history.state && history.state.picture) history.replaceState({ picture }, ""); else history.pushState({ picture }, "");
  }

  function near(by) {
    const known = tiles();
    return known[known.indexOf(current) + by];
  }

  function step(by) {
    const tile = near(by);
    if (tile) show(tile);
  }

  function backToTile() {
    const link = current && one("a", current);
    current = null;
    history.scrollRestoration = "auto";
    if (link) { link.focus(); link.scrollIntoView({ block: "nearest" }); }
  }

  function open(state) {
    const tile = state && state.picture && tiles().find((known) => one("a", known).getAttribute("href") === state.picture);
    if (tile) show(tile);
  }

  close.addEventListener("click", () => dialog.close());
  back.addEventListener("click", () => step(-1));
  on.addEventListener("click", () => step(1));
  pick.addEventListener("click", toggle);
  dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.className === "box-stage") dialog.close(); });
  dialog.addEventListener("close", () => { if (inHistory) history.back(); else backToTile(); });
  window.addEventListener("popstate", (event) => {
    const left = inHistory;
    inHistory = false;
    if (dialog.open) dialog.close(); else if (left) backToTile(); else open(event.state);
  });
  gallery.addEventListener("click", (event) => {
    const link = event.target.closest(".tile a");
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(link.closest(".tile"));
  });
  open(history.state);
  return { toggle, step, current: () => (dialog.open ? current : null) };
}

function lightboxParts() {
  const button = (ariaLabel, textContent) => make("button", { type: "button", className: "box-button", textContent, ariaLabel });
  const image = make("img", { alt: "" });
  const title = make("span", { className: "box-title" });
  const place = make("span", { className: "box-place" });
  const page = make("a", { className: "button plain slim" });
  page.dataset.boxPage = "";
  const pick = make("button", { type: "button", className: "button plain slim" });
  const [back, on, close] = [button("Previous picture", "‹"), button("Next picture", "›"), button("Close", "×")];
  const dialog = make("dialog", { className: "box", ariaLabel: "Picture" },
    make("div", { className: "box-bar" },
      make("p", { className: "box-about", role: "status" }, title, " ", place),
      make("div", { className: "row" }, pick, page, close)),
    make("div", { className: "box-stage" }, back, image, on));
  return { dialog, image, title, place, page, pick, back, on, close };
}

// A tile's own page; where there is none, its original.
function pageOf(tile) {
  return tile.dataset.original || one("a", tile).href;
}

function largeOf(tile) {
  return tile.dataset.large || `${one("a", tile).href}/thumb/1280`;
}
