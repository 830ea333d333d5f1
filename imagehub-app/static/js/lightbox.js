// One picture after the other, large. Never the original: its largest thumbnail.
function wireLightbox(gallery) {
  const tiles = () => all(".tile", gallery).filter((tile) => one("a", tile));
  if (typeof HTMLDialogElement !== "function") return null;
  const button = (label, text, act) => {
    const made = make("button", { type: "button", className: "box-button", textContent: text, ariaLabel: label });
    made.addEventListener("click", act);
    return made;
  };
  const image = make("img", { alt: "" });
  const title = make("p", { className: "box-title" });
  title.setAttribute("role", "status");
  const page = make("a", { className: "button plain slim", textContent: "Details" });
  page.dataset.boxPage = "";
  const pick = make("button", { type: "button", className: "button plain slim", textContent: "Select" });
  const back = button("Previous picture", "‹", () => step(-1));
  const on = button("Next picture", "›", () => step(1));
  const dialog = make("dialog", { className: "box", ariaLabel: "Picture" },
    make("div", { className: "box-bar" }, title, make("div", { className: "row" }, pick, page, button("Close", "×", () => dialog.close()))),
    make("div", { className: "box-stage" }, back, image, on));
  document.body.append(dialog);
  let current = null;

  const checkbox = () => current && one('input[type="checkbox"]', current);
  const showPicked = () => {
    const box = checkbox();
    pick.hidden = !box;
    pick.setAttribute("aria-pressed", String(Boolean(box && box.checked)));
    pick.textContent = box && box.checked ? "Selected" : "Select";
  };
  const toggle = () => { const box = checkbox(); if (box) { box.click(); showPicked(); } };
  pick.addEventListener("click", toggle);

  function show(tile) {
    current = tile;
    const link = one("a", tile);
    const small = one("img", tile);
    image.alt = small.alt;
    title.textContent = small.alt;
    [image.width, image.height] = [small.getAttribute("width"), small.getAttribute("height")].map((side) => Number(side) * 4);
    image.src = small.currentSrc || small.src;
    const large = new Image();
    large.addEventListener("load", () => { if (current === tile) image.src = large.src; });
    large.src = largest(tile);
    page.href = tile.dataset.original || link.href;
    page.textContent = tile.dataset.original ? "Original" : "Details";
    const [before, after] = [near(-1), near(1)];
    back.disabled = !before;
    on.disabled = !after;
    if (after) new Image().src = largest(after);
    showPicked();
    if (!dialog.open) dialog.showModal();
  }

  function largest(tile) {
    return tile.dataset.large || `${one("a", tile).href}/thumb/1280`;
  }

  function near(by) {
    const known = tiles();
    return known[known.indexOf(current) + by];
  }

  function step(by) {
    const tile = near(by);
    if (tile) show(tile);
  }

  // The focus goes back to the picture that was looked at last.
  dialog.addEventListener("close", () => {
    const link = current && one("a", current);
    current = null;
    if (link) { link.focus(); link.scrollIntoView({ block: "nearest" }); }
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.className === "box-stage") dialog.close(); });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else return;
    event.preventDefault();
  });
  gallery.addEventListener("click", (event) => {
    const link = event.target.closest(".tile a");
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(link.closest(".tile"));
  });
  return { dialog, toggle, current: () => current };
}
